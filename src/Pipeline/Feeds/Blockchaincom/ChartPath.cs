using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Blockchaincom;

/// <summary>How a chart is asked for. Never <c>sampled</c>, which would leave days out of a long one.</summary>
internal static class ChartPath
{
    /// <summary>The newest days.</summary>
    public static string Of(string chart, int days) => string.Create(
        CultureInfo.InvariantCulture, $"/charts/{chart}?timespan={days}days&format=json&sampled=false");

    /// <summary>So many days from a day on.</summary>
    public static string Of(string chart, DateOnly start, int days) => string.Create(
        CultureInfo.InvariantCulture, $"{Of(chart, days)}&start={start:yyyy-MM-dd}");
}

/// <summary>The past forwards, a few years a page.</summary>
internal sealed class ChartHistory : IHistory
{
    private const int DaysOfPage = 1000;

    public SeriesRequest First(HistoryRange range) => Page(range, DateOnly.FromDateTime(range.From.UtcDateTime));

    /// <summary>By the days that were asked for, not by those that came: the provider has days without a value.</summary>
    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var next = DateOnly.ParseExact(RequestPath.Value(last.Path, "start")!, "yyyy-MM-dd", CultureInfo.InvariantCulture)
            .AddDays(DaysOfPage);
        return next.ToDateTime(TimeOnly.MinValue) < range.To.UtcDateTime ? Page(range, next) : null;
    }

    private static SeriesRequest Page(HistoryRange range, DateOnly start) => range.Request with
    {
        Path = ChartPath.Of(ChartNames.ChartOf(range.Request.Context.Metric!)!, start, DaysOfPage),
    };
}
