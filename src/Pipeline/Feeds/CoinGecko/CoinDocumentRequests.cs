using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>All that <c>/coins/{id}</c> says: what a caller does not want of it is left out when it is served.</summary>
internal sealed class CoinDetailsRequests : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => settings.Assets.Select(asset =>
    {
        var path = $"/coins/{Uri.EscapeDataString(asset)}?localization=true&tickers=true&market_data=true&community_data=true"
            + "&developer_data=true&sparkline=true&include_categories_details=true";
        return new SeriesRequest(asset, path, path, new ReplyContext(Asset: asset));
    });
}

/// <summary>A coin on a day. Not polled: there are as many as somebody asks for.</summary>
public sealed class CoinHistoryRequests : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => [];

    public static SeriesRequest Request(string asset, DateOnly day)
    {
        var query = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var path = $"/coins/{Uri.EscapeDataString(asset)}/history?date={day.ToString("dd-MM-yyyy", CultureInfo.InvariantCulture)}"
            + "&localization=true";
        return new SeriesRequest($"{asset}/{query}", path, path, new ReplyContext(Asset: asset, Query: query));
    }
}

/// <summary>What is found for some words. Not polled: there are as many as somebody asks for.</summary>
public sealed class CoinSearchRequests : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => [];

    public static SeriesRequest Request(string query)
    {
        var path = $"/search?query={Uri.EscapeDataString(query)}";
        return new SeriesRequest(query, path, path, new ReplyContext(Query: query));
    }
}

/// <summary>The chart of the last day, whose points the server gives some five minutes apart; one series per asset and currency.</summary>
internal sealed class RecentChartRequests : IPolledDataset
{
    public int? WindowSize => null;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
        from asset in settings.Assets
        from currency in settings.Currencies
        let path = $"/coins/{Uri.EscapeDataString(asset)}/market_chart?vs_currency={Uri.EscapeDataString(currency)}&days=1&precision=full"
        select new SeriesRequest(
            $"{asset}/{currency}", path, path, new ReplyContext(Asset: asset, Currency: currency, Interval: Market.ChartStore.FiveMinutes));
}
