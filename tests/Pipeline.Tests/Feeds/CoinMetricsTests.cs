using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>Coin Metrics' replies: the recorded ones, and what others may look like.</summary>
public sealed class CoinMetricsTests
{
    private static readonly ReplyContext Day = new(Source: "all_exchange", Interval: "day");

    /// <summary>File, dataset, records, refusals.</summary>
    public static readonly TheoryData<string, string, int, string> Expected = new()
    {
        { "asset-metrics__btc-community-2026", "onchain", 3, "" },
        { "asset-metrics__by-second-frequency-metrics", "onchain", 2, "" },
        { "asset-metrics__daily", "onchain", 4, "" },
        { "error__400-bad-page-size", "onchain", 0, "bad_request" },
        { "error__401-unauthorized", "onchain", 0, "unauthorized" },
        { "error__401-wrong-credentials", "trades", 0, "unauthorized" },
        { "error__403-forbidden", "ws", 0, "forbidden" },
        { "exchange-asset-metrics__daily", "onchain", 4, "" },
        {
            "exchange-metrics__daily", "onchain", 0,
            "unexpected_shape $.data[0], unexpected_shape $.data[1], unexpected_shape $.data[2], unexpected_shape $.data[3]"
        },
        { "market-trades__coinbase", "trades", 2, "" },
        { "stream-asset-metrics__new-block", "ws", 3, "" },
        { "stream-asset-metrics__reorg", "ws", 0, "" },
    };

    [SharedTheory]
    [MemberData(nameof(Expected))]
    public void A_recorded_reply_gives_its_records_or_its_typed_refusal(string file, string dataset, int records, string refusals)
    {
        var context = file.StartsWith("exchange-asset", StringComparison.Ordinal) ? new ReplyContext(Interval: "day")
            : dataset == "ws" ? Day with { Interval = null } : Day;
        var read = Normalising.Run("coinmetrics", dataset, Fixtures.Reply($"coinmetrics/{file}.json"), context);
        Assert.Null(read.MissingContext);
        Assert.Equal((records, refusals), (read.Records.Count, string.Join(", ", read.Faults())));
    }

    [SharedFact]
    public void Every_recorded_reply_has_a_row() => Assert.Empty(
        Directory.GetFiles(Fixtures.At("coinmetrics")).Select(file => Path.GetFileNameWithoutExtension(file))
            .Except(Expected.Select(row => (string)((object[])row)[0])));

    [SharedTheory]
    [InlineData("asset-metrics__btc-community-2026", "onchain", """{"kind":"onchain","asset":"bitcoin","metric":"adr_act_cnt","source":"all_exchange","interval":"day","time":"2026-02-17T00:00:00.000000000Z","value":"595445"}""")]
    [InlineData("asset-metrics__daily", "onchain", """{"kind":"onchain","asset":"bitcoin","metric":"price_usd","source":"all_exchange","interval":"day","time":"2020-02-29T00:00:00.000000000Z","value":"8582.09029964933"}""")]
    [InlineData("exchange-asset-metrics__daily", "onchain", """{"kind":"onchain","asset":"bitcoin","metric":"open_interest_reported_future_usd","source":"binance","interval":"day","time":"2021-10-04T00:00:00.000000000Z","value":"3469621227.0258"}""")]
    [InlineData("market-trades__coinbase", "trades", """{"kind":"trade","exchange":"coinbase","pair":"btc-usd","trade_id":"100","price":"10.61","quantity":"1000.01","taker_side":"buy","time":"2015-01-08T20:55:00.028749000Z"}""")]
    [InlineData("stream-asset-metrics__new-block", "ws", """{"kind":"onchain","asset":"ethereum","metric":"adr_act_cnt","source":"all_exchange","interval":"block","time":"2020-06-08T20:54:04.000000000Z","value":"255"}""")]
    public void The_first_record_of_a_reply_is_as_the_provider_said(string file, string dataset, string expected)
    {
        var source = file.StartsWith("exchange-asset", StringComparison.Ordinal) ? null : "all_exchange";
        var context = new ReplyContext(Source: source, Interval: dataset == "ws" ? null : "day");
        Assert.Equal(expected, Normalising.Run("coinmetrics", dataset, Fixtures.Reply($"coinmetrics/{file}.json"), context).Lines()[0]);
    }

    [Theory]
    [InlineData("PriceUSD", "price_usd")]
    [InlineData("SplyBMXNtv", "sply_bmx_ntv")]
    [InlineData("FlowInBFXUSD", "flow_in_bfx_usd")]
    [InlineData("CapMVRVCur", "cap_mvrv_cur")]
    [InlineData("AdrBal1in100MCnt", "adr_bal1in100m_cnt")]
    [InlineData("AdrBalNtv0.01Cnt", "adr_bal_ntv0_01_cnt")]
    [InlineData("SplyAct1yr", "sply_act1yr")]
    [InlineData("ROI30d", "roi30d")]
    [InlineData("NDF", "ndf")]
    [InlineData("volume_reported_spot_usd_1d", "volume_reported_spot_usd_1d")]
    [InlineData("FlowInExNtv", "exchange_inflow_total")]
    [InlineData("FlowOutExNtv", "exchange_outflow_total")]
    [InlineData("SplyExNtv", "exchange_reserve")]
    public void A_metric_keeps_its_name_in_snake_case_or_has_the_one_that_is_known_already(string theirs, string ours)
    {
        var reply = $$"""{"data":[{"asset":"eth","time":"2020-02-29T00:00:00.000000000Z","{{theirs}}":"1"}]}""";
        var point = (OnChainPoint)Assert.Single(Normalising.Run("coinmetrics", "onchain", reply, Day).Records);
        Assert.Equal(("ethereum", ours, "all_exchange"), (point.Asset, point.Metric, point.Source));
    }

    [Fact]
    public void Unknown_values_are_null_and_companions_are_no_metrics()
    {
        var reply = """{"data":[{"time":"2020-02-29T00:00:00.000000000Z","TxCnt":null,"asset":"btc","FeeTotNtv":"","FeeTotNtv-status":"flash","FeeTotNtv-status-time":"2020-03-01T09:59:13.847251000Z"},{"asset":"btc","FeeTotNtv":1.50,"TxCnt":"7","time":"2020-03-01T00:00:00.000000000Z"}],"next_page_token":"0.M","next_page_url":"x"}""";
        var points = Normalising.Run("coinmetrics", "onchain", reply, Day).Records.Cast<OnChainPoint>();
        Assert.Equal(
            [("tx_cnt", null), ("fee_tot_ntv", null), ("fee_tot_ntv", 1.5m), ("tx_cnt", 7m)],
            points.Select(point => (point.Metric, point.Value)));
    }

    [Fact]
    public void What_only_the_request_knows_must_be_said()
    {
        var reply = """{"data":[{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"1"}]}""";
        Assert.Equal("interval", Normalising.Run("coinmetrics", "onchain", reply, new ReplyContext(Source: "s")).MissingContext);
        Assert.Equal("source", Normalising.Run("coinmetrics", "onchain", reply, new ReplyContext(Interval: "day")).MissingContext);
        var flow = reply.Replace("TxCnt", "FlowInExNtv", StringComparison.Ordinal);
        Assert.Single(Normalising.Run("coinmetrics", "onchain", flow, new ReplyContext(Interval: "day")).Records);
    }

    [Theory]
    [InlineData("""{"asset":"nope","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"1"}""", "invalid_field $.data[0].asset")]
    [InlineData("""{"asset":"eth","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"1"}""", "invalid_field $.data[0].asset")]
    [InlineData("""{"exchange_asset":"btc","time":"2020-02-29T00:00:00.000000000Z","x":"1"}""", "invalid_field $.data[0].exchange_asset")]
    [InlineData("""{"asset":"btc","TxCnt":"1"}""", "missing_field $.data[0].time")]
    [InlineData("""{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"many"}""", "invalid_field $.data[0].TxCnt")]
    [InlineData("""{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","Tx Cnt":"1"}""", "invalid_field $.data[0]['Tx Cnt']")]
    [InlineData("""{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","hash":"00","TxCnt":"1"}""", "invalid_field $.data[0].hash")]
    [InlineData("""{"market":"coinbase-btc-usd-spot","time":"2020-02-29T00:00:00.000000000Z","price_open":"1"}""", "unexpected_shape $.data[0]")]
    [InlineData("7", "unexpected_shape $.data[0]")]
    public void A_row_that_is_refused_says_why(string row, string fault) => Assert.Equal(
        [fault], Normalising.Run("coinmetrics", "onchain", $$"""{"data":[{{row}}]}""", Day with { Asset = "bitcoin" }).Faults());

    [Theory]
    [InlineData("""{"market":"binance-BTCUSDT-future","coin_metrics_id":"1","amount":"1","price":"1","time":"2020-02-29T00:00:00Z","side":"buy"}""", "invalid_field $.data[0].market")]
    [InlineData("""{"market":"kraken-eth-usd-spot","coin_metrics_id":"1","amount":"1","price":"1","time":"2020-02-29T00:00:00Z"}""", "wrong_pair $.data[0].market")]
    [InlineData("""{"market":"kraken-btc-usd-spot","coin_metrics_id":"1","amount":"1","price":"1","time":"2020-02-29T00:00:00Z","side":"up"}""", "invalid_field $.data[0].side")]
    [InlineData("""{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"1"}""", "unexpected_shape $.data[0]")]
    public void A_trade_that_is_refused_says_why(string row, string fault) => Assert.Equal(
        [fault], Normalising.Run("coinmetrics", "trades", $$"""{"data":[{{row}}]}""", new ReplyContext(Pair: "btc-usd")).Faults());

    [Fact]
    public void A_trade_without_a_side_is_one_of_an_unknown_taker()
    {
        var reply = """{"data":[{"market":"kraken-btc-usd-spot","coin_metrics_id":1,"amount":"1","price":"2","time":"2020-02-29T00:00:00.5Z"}]}""";
        var trade = (Trade)Assert.Single(Normalising.Run("coinmetrics", "trades", reply).Records);
        Assert.Equal(("kraken", "btc-usd", null, "1"), (trade.Exchange, trade.Pair, trade.TakerSide, trade.TradeId));
    }

    [Fact]
    public void An_asset_of_no_table_is_the_one_that_was_asked_for_and_only_one_can_be()
    {
        string Reply(string asset, string other) => $$"""{"data":[{"asset":"{{asset}}","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"5"},{"asset":"{{other}}","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"6"}]}""";
        var asked = Day with { Asset = "no-table-coin" };
        Assert.Equal(2, Normalising.Run("coinmetrics", "onchain", Reply("ntc", "ntc"), asked).Records.Count);
        Assert.Equal(["invalid_field $.data[1].asset"], Normalising.Run("coinmetrics", "onchain", Reply("ntc", "xyz"), asked).Faults());
        Assert.Equal(["invalid_field $.data[1].asset"], Normalising.Run("coinmetrics", "onchain", Reply("ntc", "btc"), asked).Faults());
        Assert.Equal(2, Normalising.Run("coinmetrics", "onchain", Reply("ntc", "ntc"), Day with { Asset = "bitcoin" }).Refusals.Count);
    }

    [Fact]
    public void What_is_said_of_a_metrics_value_is_no_metric()
    {
        const string Reply = """{"data":[{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z","TxCnt":"5","TxCnt-status":"reviewed","TxCnt-status-time":"2020-03-01T00:00:00.000000000Z","TxCnt-flags":"estimated"}]}""";
        var read = Normalising.Run("coinmetrics", "onchain", Reply, Day);
        Assert.Equal(["tx_cnt"], read.Records.Cast<OnChainPoint>().Select(point => point.Metric));
        Assert.Empty(read.Refusals);
    }

    [Fact]
    public void A_row_of_nothing_is_refused_and_one_without_metrics_is_none()
    {
        const string Reply = """{"data":[{},{"asset":"btc","time":"2020-02-29T00:00:00.000000000Z"},{"asset":"btc","time":"2020-03-01T00:00:00.000000000Z","TxCnt":"5"}]}""";
        var read = Normalising.Run("coinmetrics", "onchain", Reply, Day);
        Assert.Equal(["missing_field $.data[0].time"], read.Faults());
        Assert.Single(read.Records);
    }

    [Theory]
    [InlineData("""{"error":{"type":"not_found","message":"x"}}""", "not_found")]
    [InlineData("""{"error":{"type":"too_many_requests","message":"x"}}""", "rate_limited")]
    [InlineData("""{"error":{"type":"bad_parameters","message":"x"}}""", "bad_request")]
    [InlineData("""{"error":{"type":"unsupported_parameter","message":"x"}}""", "bad_request")]
    [InlineData("""{"error":{"type":"missing_parameter"}}""", "bad_request")]
    [InlineData("""{"error":{"type":"rate_limited","message":"You are over the rate limit"}}""", "rate_limited")]
    [InlineData("""{"error":{"type":"rate_limit_exceeded"}}""", "rate_limited")]
    [InlineData("""{"error":{"type":"conflicting_parameters"}}""", "bad_request")]
    [InlineData("""{"error":{"type":"bad_request"}}""", "bad_request")]
    [InlineData("""{"error":{"type":"bad_gateway"}}""", "provider_unavailable")]
    [InlineData("""{"error":{"type":"unauthorized"}}""", "unauthorized")]
    [InlineData("""{"error":{"type":"wrong_credentials"}}""", "unauthorized")]
    [InlineData("""{"error":{"type":"forbidden"}}""", "forbidden")]
    [InlineData("""{"error":{"type":"internal_server_error"}}""", "provider_unavailable")]
    [InlineData("""{"error":{"type":"internal_error"}}""", "provider_unavailable")]
    [InlineData("""{"error":{"type":"service_unavailable"}}""", "provider_unavailable")]
    [InlineData("""{"error":{"type":"new","message":"x"}}""", "provider_error")]
    [InlineData("""{"error":{}}""", "provider_error")]
    [InlineData("""{"data":{}}""", "unexpected_shape")]
    [InlineData("""{"type":"warning","warning":{"type":"continuity","message":"x"}}""", "")]
    public void Errors_have_their_meaning_and_warnings_none(string body, string fault) => Assert.Equal(
        fault, string.Join(',', Normalising.Run("coinmetrics", "ws", body, Day).Faults()));
}
