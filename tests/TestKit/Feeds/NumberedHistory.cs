using System.Collections.Immutable;
using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>
/// The past of the trades of <see cref="CoinoneReplies"/>, in pages of a few: <c>/past/btc-krw/11-20</c>, from the range's begin on, or
/// from its end back.
/// </summary>
public sealed class NumberedHistory(int pageSize, bool backwards = false) : IHistory
{
    public SeriesRequest First(HistoryRange range) =>
        backwards ? Page(range, Last(range) - pageSize + 1, Last(range)) : Page(range, FirstOf(range), FirstOf(range) + pageSize - 1);

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var (from, to) = Numbers(last.Path);
        return backwards
            ? from <= FirstOf(range) ? null : Page(range, from - pageSize, from - 1)
            : to >= Last(range) ? null : Page(range, to + 1, to + pageSize);
    }

    /// <summary>Answers every page with the trades <paramref name="oldest"/>..<paramref name="newest"/> of it.</summary>
    /// <param name="around">So many more than were asked for, before and after.</param>
    public static ScriptedReply Reply(ScriptedRequest request, int oldest, int newest, int around = 0)
    {
        var (from, to) = Numbers(request.Path);
        (from, to) = (Math.Max(from - around, oldest), Math.Min(to + around, newest));
        var pair = request.Path.Split('/')[2];
        return from <= to ? CoinoneReplies.Trades(pair, from, to) : CoinoneReplies.Trades(pair, 1, 0);
    }

    /// <summary>The trades that a page is asked for.</summary>
    public static (int From, int To) Numbers(string path)
    {
        var numbers = path.Split('/')[3].Split('-');
        return (int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    private static int FirstOf(HistoryRange range) => Math.Max(1, (int)Math.Ceiling((range.From - CoinoneReplies.Start).TotalSeconds));

    private static int Last(HistoryRange range) => (int)Math.Ceiling((range.To - CoinoneReplies.Start).TotalSeconds) - 1;

    private static SeriesRequest Page(HistoryRange range, int from, int to) =>
        range.Request with { Path = $"/past/{range.Request.Series}/{Math.Max(1, from)}-{to}" };
}

/// <summary>A provider whose one dataset has a past that can be asked for.</summary>
public sealed class ProviderWithHistory(IProvider inner, string dataset, IHistory history) : IProvider
{
    public string Name => inner.Name;

    public IReadOnlyDictionary<string, Normaliser> Normalisers => inner.Normalisers;

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } =
        inner.Polled.ToImmutableDictionary().SetItem(dataset, new WithHistory(inner.Polled[dataset], history));

    public void Authorise(HttpRequestMessage request, string? apiKey) => inner.Authorise(request, apiKey);

    private sealed class WithHistory(IPolledDataset inner, IHistory history) : IPolledDataset
    {
        public int? WindowSize => inner.WindowSize;

        public IHistory? History => history;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings) => inner.Series(settings);
    }
}
