using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>CoinGecko's public API v3 (docs.coingecko.com), with a Demo key or none.</summary>
public sealed class CoinGeckoProvider : IProvider
{
    internal const string Provider = "coingecko";

    public string Name => Provider;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["simple_price"] = SimplePrices.Normaliser,
        ["market_chart"] = MarketCharts.Normaliser,
        ["ohlc"] = Ohlc.Normaliser,
        ["coins_markets"] = CoinLists.Markets,
        ["coins_list"] = CoinLists.Coins,
        ["currencies"] = CoinLists.Currencies,
        ["global"] = GlobalMarkets.Normaliser,
        ["ticker"] = ExchangeTickers.Normaliser,
        ["recent_chart"] = MarketCharts.Normaliser,
        ["coin_details"] = CoinDocuments.Details,
        ["coin_history"] = CoinDocuments.History,
        ["coin_search"] = CoinDocuments.Search,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["simple_price"] = new SimplePriceRequests(),
        ["market_chart"] = new MarketChartRequests(),
        ["coins_markets"] = new CoinMarketRequests(),
        ["coins_list"] = new WholeList("/coins/list?include_platform=true"),
        ["global"] = new WholeList("/global"),
        ["ohlc"] = new OhlcRequests(),
        ["currencies"] = new WholeList("/simple/supported_vs_currencies"),
        ["recent_chart"] = new RecentChartRequests(),
        ["coin_details"] = new CoinDetailsRequests(),
        ["coin_history"] = new CoinHistoryRequests(),
        ["coin_search"] = new CoinSearchRequests(),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        if (!string.IsNullOrEmpty(apiKey))
        {
            request.Headers.TryAddWithoutValidation("x-cg-demo-api-key", apiKey);
        }
    }

    /// <summary>One request for all assets and currencies.</summary>
    private sealed class SimplePriceRequests : IPolledDataset
    {
        public int? WindowSize => null;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            if (settings.Assets.Count == 0 || settings.Currencies.Count == 0)
            {
                yield break;
            }

            // Escaped one by one and joined without a blank: a blank after the comma makes the server drop the id without a word.
            var ids = string.Join(',', settings.Assets.Select(Uri.EscapeDataString));
            var currencies = string.Join(',', settings.Currencies.Select(Uri.EscapeDataString));
            var path = $"/simple/price?ids={ids}&vs_currencies={currencies}&include_market_cap=true&include_24hr_vol=true"
                + "&include_24hr_change=true&include_last_updated_at=true&precision=full";
            yield return new SeriesRequest("all", path, path, new ReplyContext());
        }
    }

    /// <summary>
    /// One series per asset, currency and interval. Hourly points can't be asked for by name without a paid plan: the server gives them by
    /// itself for 2 to 90 days.
    /// </summary>
    private sealed class MarketChartRequests : IPolledDataset
    {
        private const int FewestDays = 2;
        private const int MostHourlyDays = 90;

        public int? WindowSize => null;

        public IHistory History { get; } = new MarketChartHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
            from asset in settings.Assets
            from currency in settings.Currencies
            from interval in settings.Intervals
            select Request(asset, currency, interval, settings.HistoryDays);

        private static SeriesRequest Request(string asset, string currency, string interval, int historyDays)
        {
            var most = interval switch
            {
                "daily" => int.MaxValue,
                "hourly" => MostHourlyDays,
                _ => throw new FormatException(
                    $"akkacrypto.feeds.{Provider}.datasets.market-chart.intervals: \"{interval}\", expected daily or hourly."),
            };
            return new SeriesRequest(
                $"{asset}/{currency}/{interval}",
                Path(asset, currency, interval, Math.Clamp(historyDays, FewestDays, most)),
                Path(asset, currency, interval, FewestDays),
                new ReplyContext(Asset: asset, Currency: currency, Interval: interval));
        }

        private static string Path(string asset, string currency, string interval, int days) => string.Create(
            CultureInfo.InvariantCulture,
            $"/coins/{Uri.EscapeDataString(asset)}/market_chart?vs_currency={Uri.EscapeDataString(currency)}&days={days}")
            + (interval == "daily" ? "&interval=daily" : "");
    }
}
