using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>The rows of CoinGecko's API: the paths, parameters and answers of docs.coingecko.com, so that its clients need another base URL
/// and nothing else.</summary>
public static class CoinGeckoTable
{
    private const string Tag = "CoinGecko";

    private static readonly int[] ReadRefusals = [404, 502, 503, 504];
    private static readonly int[] ListRefusals = [502, 503, 504];

    private static readonly Parameter Id = new("id", "Id of a coin, as /coins/list has it.", "bitcoin", Required: true);

    public static IEnumerable<ApiRoute> Of(
        AkkaCryptoSettings settings, ServiceParts parts, CoinGeckoParts coins, ConfiguredSeries configured, LatestPrices latest,
        AnswerCache kept, Requests requests)
    {
        var (own, time) = (settings.CoinApi, parts.Time);
        var answers = new KeptAnswers(
            new CoinAnswers(kept, settings.Cache.Prices), new CoinAnswers(kept, settings.Cache.Charts),
            new CoinAnswers(kept, settings.Cache.Charts with { MemoryTtl = own.ListsTtl }));
        var catalogue = new CoinCatalogue(coins.Reads, configured, coins.Demand, own, time);
        var prices = new CoinPrices(
            latest, parts.Reads, coins.Reads, configured, coins.Demand, own.AnyCoin, settings.MaxAge.Prices, time);
        var charts = new CoinCharts(parts.Reads, prices, configured, coins.Demand, own, settings.MaxAge.Charts, time);
        return
        [
            .. Lists(new ListPaths(catalogue, answers.Lists), requests),
            .. Prices(settings, catalogue, prices, coins, answers, requests, time),
            .. Charts(settings, catalogue, charts, coins, answers, requests, time),
            .. Coins(settings, catalogue, parts.Reads, configured, coins, answers, requests, time),
        ];
    }

    private static IEnumerable<ApiRoute> Lists(ListPaths lists, Requests requests) =>
    [
        Row("/ping", "Ping", "Whether the service answers", "For anybody, without a key.", [], CoinGeckoExamples.Ping,
            CoinGeckoSchemas.Ping, [], requests.HandleCoinGecko(ListPaths.ParseNone, ListPaths.Ping)),
        Row("/simple/supported_vs_currencies", "SupportedCurrencies", "Currencies in which coins are quoted",
            "Tickers, as CoinGecko lists them, and those for which a feed is configured.", [], CoinGeckoExamples.Currencies,
            CoinGeckoSchemas.Currencies, ListRefusals, requests.HandleCoinGecko(ListPaths.ParseNone, lists.Currencies)),
        Row("/coins/list", "CoinsList", "Every coin with its id, symbol and name", "In the order of their ids.",
            CoinGeckoParameters.CoinsList, CoinGeckoExamples.CoinsList, CoinGeckoSchemas.CoinsList, ListRefusals,
            requests.HandleCoinGecko(ListPaths.ParseCoins, lists.Coins)),
    ];

    private static IEnumerable<ApiRoute> Prices(
        AkkaCryptoSettings settings, CoinCatalogue catalogue, CoinPrices prices, CoinGeckoParts coins, KeptAnswers answers,
        Requests requests, TimeProvider time)
    {
        var simple = new SimplePricePath(catalogue, prices, answers.Prices);
        var own = settings.CoinApi;
        var markets = new MarketsPath(catalogue, coins.Reads, coins.Demand, answers.Charts, own.AnyCoin, own.MaxAge.Markets, time);
        var global = new GlobalPath(coins.Reads, coins.Demand, answers.Charts, own.MaxAge.Markets, time);
        return
        [
            Row("/simple/price", "CoinPrices", "Prices of coins by ids, names or symbols",
                "Unknown coins and currencies are left out. Every digit is kept unless precision says otherwise.",
                CoinGeckoParameters.SimplePrice, CoinGeckoExamples.SimplePrice, CoinGeckoSchemas.SimplePrice, ListRefusals,
                requests.HandleCoinGecko(SimplePricePath.Parse, simple.Read)),
            Row("/coins/markets", "CoinsMarkets", "Coins with their markets in one currency, in pages",
                "From the coins whose markets are stored: the greatest by market cap, and those that were asked for by name.",
                CoinGeckoParameters.Markets, CoinGeckoExamples.Markets, CoinGeckoSchemas.Markets, ListRefusals,
                requests.HandleCoinGecko(MarketsPath.Parse, markets.Read)),
            Row("/global", "GlobalMarket", "The whole market", "Totals in every currency, and each great coin's share.", [],
                CoinGeckoExamples.Global, CoinGeckoSchemas.Global, ListRefusals,
                requests.HandleCoinGecko(ListPaths.ParseNone, global.Read)),
        ];
    }

    private static IEnumerable<ApiRoute> Charts(
        AkkaCryptoSettings settings, CoinCatalogue catalogue, CoinCharts charts, CoinGeckoParts coins, KeptAnswers answers,
        Requests requests, TimeProvider time)
    {
        var own = settings.CoinApi;
        var paths = new ChartPaths(catalogue, charts, answers.Charts, own.HistoryDays, time);
        var ohlc = new OhlcPath(
            catalogue, coins.Reads, coins.Demand, answers.Charts, own.AnyCoin, own.HistoryDays, own.MaxAge.Ohlc, time);
        return
        [
            Row("/coins/{id}/market_chart", "CoinChart", "A coin's price, market cap and volume of the last days",
                "One day in steps of five minutes, up to 90 days hourly, more at 00:00 UTC of each day; the last point is now.",
                CoinGeckoParameters.Chart, CoinGeckoExamples.Chart, CoinGeckoSchemas.Chart, ReadRefusals,
                requests.HandleCoinGecko(ChartPaths.ParseDays, paths.Days), Id),
            Row("/coins/{id}/market_chart/range", "CoinChartRange", "A coin's chart between two times",
                "In steps as of market_chart, by the length of the span; five minutes for the last day alone.",
                CoinGeckoParameters.Range, CoinGeckoExamples.Chart, CoinGeckoSchemas.Chart, ReadRefusals,
                requests.HandleCoinGecko(ChartPaths.ParseRange, paths.Range), Id),
            Row("/coins/{id}/ohlc", "CoinOhlc", "A coin's candles of the last days",
                "Each by its end: [time, open, high, low, close], of 30 minutes for one day, 4 hours up to 30 days, 4 days beyond.",
                CoinGeckoParameters.Ohlc, CoinGeckoExamples.Ohlc, CoinGeckoSchemas.Ohlc, ReadRefusals,
                requests.HandleCoinGecko(OhlcPath.Parse, ohlc.Read), Id),
        ];
    }

    private static IEnumerable<ApiRoute> Coins(
        AkkaCryptoSettings settings, CoinCatalogue catalogue, IMarketReads reads, ConfiguredSeries configured, CoinGeckoParts coins,
        KeptAnswers answers, Requests requests, TimeProvider time)
    {
        var own = settings.CoinApi;
        var coin = new CoinPath(catalogue, coins.Reads, coins.Demand, answers.Charts, own.AnyCoin, own.MaxAge.Markets, time);
        var history = new HistoryPath(
            catalogue, coins.Reads, reads, configured, coins.Demand, answers.Charts, own.AnyCoin, own.HistoryDays, time);
        var search = new SearchPath(catalogue, coins.Reads, coins.Demand, answers.Lists, own.MaxAge.Searches, time);
        return
        [
            Row("/coins/{id}", "CoinDetails", "All that is said of a coin",
                "In CoinGecko's own words and digits; what it does not know is null or empty.", CoinGeckoParameters.Coin,
                CoinGeckoExamples.Coin, CoinGeckoSchemas.Coin, ReadRefusals,
                requests.HandleCoinGecko(CoinPath.Parse, coin.Read), Id),
            Row("/coins/{id}/history", "CoinHistory", "A coin's figures at 00:00 UTC of a day",
                "What is not known of that day is null or empty.", CoinGeckoParameters.History, CoinGeckoExamples.History,
                CoinGeckoSchemas.History, ReadRefusals, requests.HandleCoinGecko(HistoryPath.Parse, history.Read), Id),
            Row("/search", "CoinSearch", "Coins by words in id, symbol or name", "Greatest market cap first.",
                CoinGeckoParameters.Search, CoinGeckoExamples.Search, CoinGeckoSchemas.Search, [503],
                requests.HandleCoinGecko(SearchPath.Parse, search.Read)),
        ];
    }

    private static ApiRoute Row(
        string path, string name, string summary, string description, IReadOnlyList<Parameter> parameters, string example, string schema,
        IReadOnlyList<int> refusals, RequestDelegate handler, Parameter? named = null) =>
        new("GET", CoinGeckoErrors.Prefix + path, Tag, name, summary, description, parameters, example, refusals, handler, Named: named)
        {
            Schema = schema, DataHeaders = path == "/ping" ? [] : ApiRoute.AllDataHeaders,
        };

    /// <summary>Kept for as long as prices, charts and lists are.</summary>
    private sealed record KeptAnswers(CoinAnswers Prices, CoinAnswers Charts, CoinAnswers Lists);
}
