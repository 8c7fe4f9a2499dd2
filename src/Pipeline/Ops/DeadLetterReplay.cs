using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What came of replaying one letter; no code: all of it is stored now.</summary>
public sealed record ReplayedLetter(long Id, LastReplay Replay);

/// <summary>
/// Takes dead letters again: reads the payload with today's normaliser and the context of its series, and stores it through the same
/// writer as its feed does. Idempotent, for the stores are. A letter of which everything is stored now is marked replayed; any other stays
/// open with what was wrong this time, and what of it could be stored is.
/// <list type="bullet">
/// <item>Events: the first write of a key still wins. A record that differs from the stored one never overwrites it, and its letter says
/// so.</item>
/// <item>Revisable series: a value that became known after the letter's payload was last seen stays; an old reply appends no
/// revision over it.</item>
/// <item>Latest values: the newest by the provider's own time wins, as ever.</item>
/// </list>
/// A reply shows whole what stands between its records, also when it is read later: that is cut out of the gap register, which knows what
/// could not be read. A frame, a single record or a body that a caller handed in is no such proof; the feed's position stays as it is.
/// </summary>
public sealed class DeadLetterReplay(FeedStores stores, TimeProvider time)
{
    /// <summary>The provider, or its dataset, is not known any more.</summary>
    public const string Unknown = "unknown_dataset";

    /// <summary>The payload can be read, and nothing in it has a store of its own.</summary>
    public const string NotStorable = "not_storable";

    /// <summary>The database itself refused a value.</summary>
    public const string Refused = "refused_by_database";

    /// <summary>Replays one letter, whatever its state.</summary>
    /// <returns>Null where there is no letter of that id.</returns>
    public async Task<ReplayedLetter?> ReplayAsync(long id, CancellationToken cancellationToken)
    {
        if (await stores.DeadLetters.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } whole)
        {
            return null;
        }

        var replay = await TakeAsync(whole, cancellationToken).ConfigureAwait(false);
        await stores.DeadLetters.MarkAsync(id, replay, cancellationToken).ConfigureAwait(false);
        return new ReplayedLetter(id, replay);
    }

    /// <summary>Replays open letters that fit, oldest first, one after the other.</summary>
    /// <param name="after">Only letters with a larger id; null: from the oldest. Letters that fail stay open, so a caller goes on after
    /// the last id.</param>
    public async IAsyncEnumerable<ReplayedLetter> ReplayAsync(
        DeadLetterFilter filter, long? after, int limit,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var letters = await stores.DeadLetters
            .ListOldestAsync(filter with { Replayed = false }, after, limit, cancellationToken).ConfigureAwait(false);
        foreach (var letter in letters)
        {
            if (await ReplayAsync(letter.Id, cancellationToken).ConfigureAwait(false) is { } replayed)
            {
                yield return replayed;
            }
        }
    }

    private async Task<LastReplay> TakeAsync(WholeLetter whole, CancellationToken cancellationToken)
    {
        var (provider, dataset, series) = whole.Letter.Series;
        if (!DatasetWriter.Stored.Contains(dataset))
        {
            return Failed(NotStorable, $"The dataset {dataset} has no store; {string.Join(", ", DatasetWriter.Stored)} have one.");
        }

        var context = whole.Context ?? ContextOf(dataset, series);
        var reply = new ProviderReply(whole.Payload, 200, Cut: false, whole.Letter.Origin, whole.Letter.LastSeenAt);
        if (Read(whole.Letter, context, reply) is not { } content)
        {
            return Failed(Unknown, $"{provider} with its dataset {dataset} is not among the providers of this version.");
        }

        var read = new NormalisedReply(new Ask(new SeriesRequest(series, "", "", context), WholeHistory: false), reply, content);
        if (read.IsRefusedWhole)
        {
            return Failed(content.Refusals[0].Code.Text(), content.Refusals[0].Reason);
        }

        if (dataset == "market_chart" && context.Interval is null)
        {
            return Failed(RefusalCode.MissingField.Text(), "The interval of the chart is not known: the letter is older than its record.");
        }

        try
        {
            var writer = new DatasetWriter(provider, dataset, stores, replayedAt: time.GetUtcNow());
            return Outcome(content, await writer.AppendAsync([read], Shown(whole.Letter, read), cancellationToken).ConfigureAwait(false));
        }
        catch (PostgresException refused) when (PostgresErrors.IsRefusedData(refused))
        {
            return Failed(Refused, refused.MessageText);
        }
    }

    /// <summary>What of the series the letter shows whole: a body that a caller handed in leaves out whatever he likes.</summary>
    private static IReadOnlyList<SeriesProgress> Shown(KeptLetter letter, NormalisedReply read)
    {
        if (letter.Kind != DeadLetterKind.Reply || !read.Reply.WasAskedFor)
        {
            return [];
        }

        var page = ShownPage.Of(letter.Series, read.Request.Context, read.Content);
        return [.. page.Whole.Select(whole => new SeriesProgress(null, null, whole))];
    }

    /// <summary>Null where nobody can read the payload any more.</summary>
    private static Normalised? Read(KeptLetter letter, ReplyContext context, ProviderReply reply)
    {
        if (letter.Kind == DeadLetterKind.Record)
        {
            var content = new Normalised();
            if (NormalisedJsonReader.TryRead(reply.Body, out var record, out var fault))
            {
                content.Records.Add(record);
            }
            else
            {
                content.Refuse(RefusalCode.InvalidField, fault);
            }

            return content;
        }

        var reader = letter.Kind == DeadLetterKind.Frame ? "ws" : letter.Series.Dataset;
        return Providers.Find(letter.Series.Provider)?.Normalisers.GetValueOrDefault(reader) is { } normaliser
            ? ReplyReader.Read(normaliser, context, reply)
            : null;
    }

    private LastReplay Outcome(Normalised content, IngestCounts counts)
    {
        if (counts.Differing > 0)
        {
            return Failed(
                RefusalCode.Differing.Text(), string.Create(CultureInfo.InvariantCulture,
                $"{counts.Differing} of {counts.Attempted} records are stored with other content, which stays: the first write wins."),
                counts);
        }

        if (counts.Rejected > 0)
        {
            var first = content.Refusals.FirstOrDefault();
            return Failed(
                first?.Code.Text() ?? RefusalCode.InvalidField.Text(), string.Create(CultureInfo.InvariantCulture,
                $"{counts.Rejected} of {counts.Attempted} records can't be taken: ")
                + (first?.Reason ?? "the store rejects them, and each is a letter of its own with the reason."), counts);
        }

        return counts.Attempted == 0 && content.Records.Count > 0
            ? Failed(NotStorable, $"None of its {content.Records.Count} records is of a kind that the dataset stores.")
            : new LastReplay(time.GetUtcNow(), null, null, counts);
    }

    private LastReplay Failed(string code, string reason, IngestCounts? counts = null) => new(time.GetUtcNow(), code, reason, counts);

    /// <summary>For letters from before contexts were kept: as the providers name their series.</summary>
    private static ReplyContext ContextOf(string dataset, string series) => (dataset, series.Split('/')) switch
    {
        ("market_chart", [var asset, var currency, var interval]) => new ReplyContext(
            Asset: asset, Currency: currency, Interval: interval),
        ("onchain", [var asset, var metric, var source, var interval]) => new ReplyContext(
            Asset: asset, Metric: metric, Source: source, Interval: interval),
        (_, [var pair]) when CurrencyPair.TryParse(pair, out _) => new ReplyContext(Pair: pair),
        _ => new ReplyContext(),
    };
}
