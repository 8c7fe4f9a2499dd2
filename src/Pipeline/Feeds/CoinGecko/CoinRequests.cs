using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>One request for a list or an object that is served whole.</summary>
internal sealed class WholeList(string path) : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => [new SeriesRequest("all", path, path, new ReplyContext())];
}

/// <summary>
/// One series per currency, with all that <c>/coins/markets</c> can say: the assets of the settings, or without any the greatest by market
/// cap.
/// </summary>
internal sealed class CoinMarketRequests : IPolledDataset
{
    private const int MostPerPage = 250;

    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
    {
        if (settings.Assets.Count > MostPerPage)
        {
            throw new FormatException(
                $"akkacrypto.feeds.{CoinGeckoProvider.Provider}.datasets.coins-markets.assets: {settings.Assets.Count} assets, expected at "
                + $"most {MostPerPage}, which is what one request brings.");
        }

        var ids = settings.Assets.Count == 0 ? "" : "&ids=" + string.Join(',', settings.Assets.Select(Uri.EscapeDataString));
        foreach (var currency in settings.Currencies)
        {
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"/coins/markets?vs_currency={Uri.EscapeDataString(currency)}{ids}&order=market_cap_desc&per_page={MostPerPage}&page=1")
                + "&sparkline=true&price_change_percentage=1h,24h,7d,14d,30d,200d,1y&include_rehypothecated=true&precision=full";
            yield return new SeriesRequest(currency, path, path, new ReplyContext(Currency: currency));
        }
    }
}

/// <summary>
/// One series per asset, currency and length of the candles, which the server chooses by the days that are asked for: 30 minutes for one
/// day, 4 hours up to 30 days, 4 days beyond. The past can't be asked for: every span ends now.
/// </summary>
internal sealed class OhlcRequests : IPolledDataset
{
    private static readonly Dictionary<string, int> Days = new(StringComparer.Ordinal) { ["30m"] = 1, ["4h"] = 30, ["4d"] = 365 };

    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
        from asset in settings.Assets
        from currency in settings.Currencies
        from interval in settings.Intervals
        select Request(asset, currency, interval);

    private static SeriesRequest Request(string asset, string currency, string interval)
    {
        if (!Days.TryGetValue(interval, out var days))
        {
            throw new FormatException(
                $"akkacrypto.feeds.{CoinGeckoProvider.Provider}.datasets.ohlc.intervals: \"{interval}\", expected one of "
                + $"{string.Join(", ", Days.Keys)}.");
        }

        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"/coins/{Uri.EscapeDataString(asset)}/ohlc?vs_currency={Uri.EscapeDataString(currency)}&days={days}&precision=full");
        var pair = $"{AssetTickers.TickerOf(asset) ?? asset}-{currency}";
        return new SeriesRequest(
            $"{asset}/{currency}/{interval}", path, path,
            new ReplyContext(Pair: pair, Asset: asset, Currency: currency, Interval: interval));
    }
}
