using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What other replies of CoinGecko's endpoints may look like.</summary>
public sealed class CoinGeckoQuirkTests
{
    private static readonly ReplyContext Bitcoin = new(Asset: "bitcoin", Currency: "usd");

    [Theory]
    [InlineData("""{"error":"coin not found"}""", "not_found", null)]
    [InlineData("""{"error":"Could not find coin with the given id"}""", "not_found", null)]
    [InlineData("""{"error":"Invalid vs_currency"}""", "bad_request", null)]
    [InlineData("""{"error":"something new"}""", "provider_error", null)]
    [InlineData("""{"error":"Incorrect path. Please check the documentation"}""", "not_found", null)]
    [InlineData("""{"status":{"error_code":429,"error_message":"slow"}}""", "rate_limited", "429")]
    [InlineData("""{"status":{"error_code":"10002","error_message":"key"}}""", "unauthorized", "10002")]
    [InlineData("""{"status":{"error_message":"You've exceeded the Rate Limit."}}""", "rate_limited", null)]
    [InlineData("""{"error":{"status":{"timestamp":"x","error_code":10012,"error_message":"range"}}}""", "time_range_exceeded", "10012")]
    [InlineData("""{"error":{"error_code":10005,"error_message":"plan"}}""", "forbidden", "10005")]
    [InlineData("""{"error_code":10010,"error_message":"root URL"}""", "unauthorized", "10010")]
    [InlineData("""{"status":500,"error":"Internal Server Error"}""", "provider_unavailable", "500")]
    [InlineData("""{"timestamp":"x","error_code":10011,"status":{"error_message":"If you are using Demo API key"}}""", "unauthorized", "10011")]
    [InlineData("""{"error_code":10005,"status":{"error_message":"plan"}}""", "forbidden", "10005")]
    [InlineData("""{"status":{"error_code":10006,"error_message":"You have reached 10,000 calls limit."}}""", "rate_limited", "10006")]
    [InlineData("""{"error":"You've exceeded your monthly credit limit."}""", "rate_limited", null)]
    [InlineData("""{"error":"This request is limited to PRO API subscribers."}""", "forbidden", null)]
    [InlineData("""{"error":"Not Found","status":"404"}""", "not_found", "404")]
    public void Every_shape_of_error_is_typed_in_every_dataset(string reply, string code, string? providerCode)
    {
        foreach (var dataset in Providers.Find("coingecko")!.Normalisers.Keys)
        {
            var normalised = Normalising.Run("coingecko", dataset, reply);
            Assert.Equal([code], normalised.Faults());
            Assert.Equal(
                (providerCode, 0, null), (normalised.Refusals[0].ProviderCode, normalised.Records.Count, normalised.MissingContext));
        }
    }

    [Fact]
    public void Coins_whose_ids_are_status_and_error_are_coins()
    {
        var normalised = Normalising.Run("coingecko", "simple_price", """{"status":{"usd":0.02},"error":{"usd":"9.9E-7"}}""");
        Assert.Equal(
            [("status", 0.02m), ("error", 0.00000099m)], normalised.Records.Cast<AssetPrice>().Select(p => (p.Asset, p.Price!.Value)));
        Assert.Empty(normalised.Refusals);
    }

    [Fact]
    public void Prices_are_read_with_any_order_of_keys_and_unknown_is_null()
    {
        const string Reply = """{"bitcoin":{"last_updated_at":1779092258,"krw_24h_change":-1.5e0,"KRW":"1","usd_market_cap":null,"usd":null,"krw_24h_vol":"","usd_7d_change":5,"krw_market_cap":2}}""";
        Assert.Equal(
            ["""{"kind":"price","asset":"bitcoin","currency":"krw","price":"1","market_cap":"2","volume_24h":null,"change_24h":"-1.5","time":"2026-05-18T08:17:38Z"}""",
             """{"kind":"price","asset":"bitcoin","currency":"usd","price":null,"market_cap":null,"volume_24h":null,"change_24h":null,"time":"2026-05-18T08:17:38Z"}"""],
            Normalising.Run("coingecko", "simple_price", Reply).Lines());
    }

    [Fact]
    public void A_broken_price_costs_its_own_currency_alone()
    {
        var normalised = Normalising.Run("coingecko", "simple_price", """{"bitcoin-cash":{"usd":-1,"eur":"NaN","krw":1},"tether":7,"x":{"usd":[1]},"\ud800":{"usd":1}}""");
        Assert.Equal(["invalid_field $['bitcoin-cash'].usd", "invalid_field $['bitcoin-cash'].eur", "unexpected_shape $.tether",
            "invalid_field $.x.usd", "invalid_field $['\uFFFD']"], normalised.Faults());
        Assert.Equal(["krw"], normalised.Records.Cast<AssetPrice>().Select(p => p.Currency));
    }

    [Theory]
    [InlineData("simple_price", "[]")]
    [InlineData("simple_price", """{"prices":[],"market_caps":[]}""")]
    [InlineData("market_chart", "{}")]
    [InlineData("market_chart", "[[1,2]]")]
    [InlineData("market_chart", """{"bitcoin":{"usd":1}}""")]
    [InlineData("market_chart", """{"prices":7}""")]
    [InlineData("ohlc", "{}")]
    [InlineData("coins_markets", """{"id":"bitcoin"}""")]
    [InlineData("global", """{"data":[]}""")]
    [InlineData("global", """{"data":{}}""")]
    [InlineData("global", """{"data":{"total_market_cap":7,"total_volume":{"usd":1}}}""")]
    [InlineData("global", """{"data":{"total_market_cap":{"usd":1},"total_volume":[]}}""")]
    [InlineData("ticker", """{"tickers":null}""")]
    [InlineData("coins_list", "\"x\"")]
    [InlineData("coin_details", "[]")]
    [InlineData("coin_history", "[1]")]
    [InlineData("coin_search", """{"coins":[]}""")]
    [InlineData("coin_search", """{"coins":{},"exchanges":[],"icos":[],"categories":[],"nfts":[]}""")]
    public void Another_endpoints_reply_is_an_unexpected_shape(string dataset, string reply)
    {
        Assert.Equal(["unexpected_shape"],
            Normalising.Run("coingecko", dataset, reply, new ReplyContext("btc-usd", "bitcoin", "usd", Interval: "4h", Query: "bit"))
                .Faults());
    }

    [Fact]
    public void Of_a_coin_that_comes_twice_the_last_counts()
    {
        var read = Normalising.Run("coingecko", "simple_price", """{"bitcoin":{"usd":1,"krw":3},"ethereum":{"usd":5},"bitcoin":{"usd":2}}""");
        Assert.Equal(
            [("ethereum", "usd", 5m), ("bitcoin", "usd", 2m)],
            read.Records.Cast<AssetPrice>().Select(price => (price.Asset, price.Currency, price.Price!.Value)));
    }

    [Fact]
    public void Series_are_joined_by_time_and_what_one_lacks_is_null()
    {
        const string Reply = """{"total_volumes":[["1779027899041",9],[1779028500000.0,8]],"prices":[[1779028199661,2],[1779027899041,1],[1779027899041,1.5],[1779028800000,null]],"market_caps":[[1779027899041,"5e2"]]}""";
        var points = Normalising.Run("coingecko", "market_chart", Reply, Bitcoin).Records.Cast<ChartPoint>();
        Assert.Equal(
            [(1779028199661, (decimal?)2m, (decimal?)null, (decimal?)null), (1779027899041, 1m, 500m, 9m),
                (1779027899041, 1.5m, 500m, 9m), (1779028800000, null, null, null), (1779028500000, null, null, 8m)],
            points.Select(point => (point.Time.UnixMilliseconds, point.Price, point.MarketCap, point.Volume)));
    }

    /// <summary>Found by the storm: a reply whose rows came twice overwrote what was known with nulls.</summary>
    [Fact]
    public void A_time_that_comes_more_often_in_one_series_makes_nothing_unknown()
    {
        const string Reply = """{"prices":[[1779027899041,1],[1779027899041,1],[1779028199661,2]],"market_caps":[[1779027899041,10],[1779028199661,20],[1779028199661,20]],"total_volumes":[[1779027899041,null],[1779028199661,200]]}""";
        var points = Normalising.Run("coingecko", "market_chart", Reply, Bitcoin).Records.Cast<ChartPoint>();
        Assert.Equal(
            [(1m, 10m, (decimal?)null), (1m, 10m, null), (2m, 20m, 200m), (2m, 20m, 200m)],
            points.Select(point => (point.Price!.Value, point.MarketCap!.Value, point.Volume)));
    }

    [Fact]
    public void A_point_with_a_broken_value_is_refused_and_does_not_become_unknown()
    {
        const string Reply = """{"prices":[[1779027899041,1],[1779028199661,"x"],[1779028199662],7,[null,1]],"market_caps":[[1779027899041,-1],[1779028199663,1]],"total_volumes":[]}""";
        var normalised = Normalising.Run("coingecko", "market_chart", Reply, Bitcoin);
        Assert.Equal(
            ["invalid_field $.prices[1][1]", "unexpected_shape $.prices[2]", "unexpected_shape $.prices[3]", "missing_field $.prices[4][0]",
                "invalid_field $.market_caps[0][1]"],
            normalised.Faults());
        Assert.Equal([1779028199663], normalised.Records.Cast<ChartPoint>().Select(point => point.Time.UnixMilliseconds));
    }

    [Fact]
    public void A_list_of_coins_is_no_list_of_prices()
    {
        var read = Normalising.Run("coingecko", "coins_markets", """[{"id":"01coin","symbol":"zoc","name":"01coin"},{"id":"bitcoin","current_price":null}]""", Bitcoin);
        Assert.Equal(["unexpected_shape $[0].current_price"], read.Faults());
        Assert.Equal(["bitcoin"], read.Records.Cast<AssetPrice>().Select(price => price.Asset));
    }

    [Theory]
    [InlineData("bitcoin", "usd", "btc-usd")]
    [InlineData("bitcoin-cash", "krw", "bch-krw")]
    public void A_candles_pair_follows_from_the_asset_and_the_currency(string asset, string currency, string pair)
    {
        var context = new ReplyContext(Asset: asset, Currency: currency, Interval: "4h");
        var candle = (Candle)Assert.Single(Normalising.Run("coingecko", "ohlc", "[[1779199200000,1,3,1,2]]", context).Records);
        Assert.Equal((pair, "2026-05-19T10:00:00.000Z"), (candle.Pair, candle.OpenTime.ToString()));
        Assert.Equal("pair", Normalising.Run("coingecko", "ohlc", "[]", context with { Currency = null }).MissingContext);
        Assert.Equal("pair", Normalising.Run("coingecko", "ohlc", "[]", context with { Asset = "no-such-coin" }).MissingContext);
        Assert.Equal("pair", Normalising.Run("coingecko", "ohlc", "[]", context with { Asset = "zocoin" }).MissingContext);
    }

    [Theory]
    [InlineData("market_chart", """{"prices":[]}""", "asset")]
    [InlineData("coins_markets", "[]", "currency")]
    [InlineData("ohlc", "[]", "pair")]
    [InlineData("coin_history", """{"id":"bitcoin","symbol":"btc","name":"Bitcoin"}""", "query")]
    [InlineData("coin_search", """{"coins":[],"exchanges":[],"icos":[],"categories":[],"nfts":[]}""", "query")]
    public void What_the_reply_leaves_out_must_be_given(string dataset, string reply, string missing)
    {
        var normalised = Normalising.Run("coingecko", dataset, reply);
        Assert.Equal((missing, 0), (normalised.MissingContext, normalised.Refusals.Count));
    }

    [Fact]
    public void A_candle_opens_one_interval_before_the_time_that_CoinGecko_gives()
    {
        var candle = (Candle)Assert.Single(
            Normalising.Run("coingecko", "ohlc", "[[1779201000000,\"1\",3,1e0,2]]", new ReplyContext("btc-usd", Interval: "30m")).Records);
        Assert.Equal(
            ("2026-05-19T14:00:00.000Z", 1m, 3m, 1m, 2m), (candle.OpenTime.ToString(), candle.Open, candle.High, candle.Low, candle.Close));
    }

    [Fact]
    public void A_ticker_of_a_token_by_its_address_is_refused()
    {
        const string Reply = """{"tickers":[{"base":"0X2170ED0880AC9A755FD29B2688956BD959F933F8","target":"USDT","market":{"identifier":"dex"},"last":1},{"base":"BTC","target":"USDT","market":{"identifier":"binance"},"last":1,"timestamp":null,"last_traded_at":"2021-05-16T07:46:57+00:00"},{"base":"BTC","target":"USDT","market":null},{"base":"BTC","target":"USDT","market":{"identifier":7}}]}""";
        var normalised = Normalising.Run("coingecko", "ticker", Reply);
        Assert.Equal(
            ["invalid_field $.tickers[0].base", "invalid_field $.tickers[2].market", "invalid_field $.tickers[3].market.identifier"],
            normalised.Faults());
        Assert.Equal("2021-05-16T07:46:57Z", ((Ticker)Assert.Single(normalised.Records)).Time.ToString());
    }

    [Fact]
    public void The_whole_market_is_one_record_per_currency_with_exponents_exact()
    {
        const string Reply = """{"data":{"updated_at":"1779878351","total_volume":{"usd":1,"eur":"x"},"total_market_cap":{"clp":1.52899720736006e+15,"usd":null}}}""";
        var normalised = Normalising.Run("coingecko", "global", Reply);
        Assert.Equal(["invalid_field $.data.total_volume.eur"], normalised.Faults());
        Assert.Equal([("clp", (decimal?)1528997207360060m, (decimal?)null), ("usd", null, 1m)], normalised.Records.Cast<GlobalMarket>()
            .Select(m => (m.Currency, m.MarketCap, m.Volume24h)));
    }

    [Fact]
    public void A_document_is_kept_as_it_came_once_it_is_sure_of_what_it_speaks()
    {
        const string Reply = """{"id":"bitcoin", "symbol":"btc","name":"Bitcoin","market_data":{"current_price":{"usd":1.50e3}},"last_updated":"2024-04-07T15:24:51.021Z"}""";
        var details = (CoinDocument)Assert.Single(
            Normalising.Run("coingecko", "coin_details", Reply, new ReplyContext(Asset: "bitcoin")).Records);
        Assert.Equal(("bitcoin", "2024-04-07T15:24:51.021Z", Reply), (details.Name, details.Time.ToString(), details.Json));
        Assert.Equal(
            """{"kind":"document","dataset":"coin_details","name":"bitcoin","time":"2024-04-07T15:24:51.021Z","content":""" + Reply + "}",
            Normalising.Json(details));
        var day = (CoinDocument)Assert.Single(
            Normalising.Run("coingecko", "coin_history", Reply, new ReplyContext(Asset: "bitcoin", Query: "2024-04-07")).Records);
        Assert.Equal(("bitcoin/2024-04-07", null), (day.Name, day.Time));
    }

    [Fact]
    public void A_document_that_came_on_many_lines_is_written_on_one()
    {
        const string Reply =
            "{\r\n  \"id\": \"bitcoin\",\n  \"symbol\": \"btc\",\n  \"name\": \"Bitcoin\","
            + "\n  \"note\": \"a\u2028b\\n\",\n  \"a\": [ 1.50,\n2 ]\n}\n";
        var details = (CoinDocument)Assert.Single(Normalising.Run("coingecko", "coin_details", Reply).Records);
        Assert.Equal(Reply, details.Json);
        var line = Normalising.Json(details);
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain('\r', line);
        using var read = JsonDocument.Parse(line);
        var content = read.RootElement.GetProperty("content");
        Assert.Equal(("a\u2028b\n", "1.50"), (content.GetProperty("note").GetString(), content.GetProperty("a")[0].GetRawText()));
    }

    [Theory]
    [InlineData("coin_details", """{"id":"bitcoin","symbol":"btc"}""", "missing_field $.name")]
    [InlineData("coin_details", """{"id":"ethereum","symbol":"eth","name":"Ethereum"}""", "invalid_field $.id")]
    [InlineData("coin_details", """{"id":"bitcoin","symbol":"btc","name":"Bitcoin","market_data":[]}""", "invalid_field $.market_data")]
    [InlineData("coin_details", """{"id":"bitcoin","symbol":"btc","name":"Bitcoin","last_updated":"soon"}""", "invalid_field $.last_updated")]
    [InlineData("coin_history", """{"id":"bitcoin","symbol":"btc","name":7,"image":""}""", "invalid_field $.name")]
    [InlineData("coin_history", """{"error":"coin not found"}""", "not_found")]
    public void A_document_of_another_coin_or_form_is_refused(string dataset, string reply, string fault)
    {
        var read = Normalising.Run("coingecko", dataset, reply, new ReplyContext(Asset: "bitcoin", Query: "2024-04-07"));
        Assert.Empty(read.Records);
        Assert.Equal([fault], read.Faults());
    }

    [Fact]
    public void Eighty_digits_are_rounded_and_counted()
    {
        var normalised = Normalising.Run("coingecko", "simple_price", """{"bitcoin":{"usd":"1005246.7629434031910149947068007460133627451232639674421117337946419193599827700534809705802"}}""");
        Assert.Equal((1, 1005246.762943403191014994707m), (normalised.Rounded, ((AssetPrice)normalised.Records[0]).Price!.Value));
    }

    [Theory]
    [InlineData("\"total_supply\":1e333")]
    [InlineData("\"image\":7")]
    [InlineData("\"symbol\":[]")]
    [InlineData("\"roi\":[]")]
    [InlineData("\"ath_date\":1779878351")]
    [InlineData("\"low_24h\":-1")]
    [InlineData("\"market_cap_rank\":1.5")]
    [InlineData("\"sparkline_in_7d\":[1,2]")]
    [InlineData("\"price_change_percentage_1y_in_currency\":{}")]
    public void A_side_field_that_cannot_be_read_costs_no_price(string field)
    {
        var read = Normalising.Run("coingecko", "coins_markets", $$"""[{"id":"bitcoin","current_price":77671,"max_supply":21000000,{{field}}}]""", Bitcoin);
        var price = (AssetPrice)Assert.Single(read.Records);
        Assert.Equal((77671m, 21000000m, 0, 1), (price.Price, price.Details!.MaxSupply, read.Refusals.Count, read.Unread));
        Assert.Equal(
            price.Details,
            new CoinDetails(
                null, null, null, null, null, null, null, null, null, null, null, null, null, 21000000m, new PriceExtreme(null, null, null),
                new PriceExtreme(null, null, null), new PriceChanges(null, null, null, null, null, null, null), null, null));
    }

    [Fact]
    public void A_coin_is_called_by_a_whole_sentence()
    {
        var name = new string('n', 300);
        var market = Normalising.Run("coingecko", "coins_markets", $$"""[{"id":"a","name":"{{name}}","current_price":1}]""", Bitcoin);
        Assert.Equal(name, ((AssetPrice)Assert.Single(market.Records)).Details!.Name);
        var listing = Normalising.Run("coingecko", "coins_list", $$"""[{"id":"a","symbol":"b","name":"{{name}}","platforms":[]}]""");
        Assert.Equal((name, 1), (((AssetListing)Assert.Single(listing.Records)).Name, listing.Unread));
        var document = Normalising.Run("coingecko", "coin_details", $$"""{"id":"a","symbol":"b","name":"{{name}}"}""");
        Assert.Equal("a", ((CoinDocument)Assert.Single(document.Records)).Name);
    }

    [Fact]
    public void A_price_that_cannot_be_read_is_one_refusal_whatever_else_is_broken()
    {
        var read = Normalising.Run("coingecko", "coins_markets", """[{"id":"bitcoin","current_price":"much","roi":[]}]""", Bitcoin);
        Assert.Equal(["invalid_field $[0].current_price"], read.Faults());
        Assert.Equal((0, 0), (read.Records.Count, read.Unread));
    }

    [Fact]
    public void A_figure_of_the_whole_market_that_cannot_be_read_costs_no_market_cap()
    {
        var read = Normalising.Run(
            "coingecko", "global", """{"data":{"total_market_cap":{"usd":2},"total_volume":{"usd":1},"market_cap_percentage":[],"markets":7}}""");
        var market = (GlobalMarket)Assert.Single(read.Records);
        Assert.Equal((2m, 7L, null, 1), (market.MarketCap, market.Figures!.Markets, market.Figures.MarketCapPercentage, read.Unread));
    }
}
