using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Cli.DeadLetters;

/// <summary><c>akkacrypto dead-letters</c>: what could not be taken, in the database of the service; the same as /admin/dead-letters
/// does.</summary>
internal static class DeadLetterVerbs
{
    private const int DefaultLimit = 100;
    private const int ReplayedAtOnce = 100;

    /// <summary>A terminal is no web page: letters stay letters.</summary>
    private static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Whole = Line with { Indented = true };

    public static readonly Verb List = new(
        "dead-letters list", "what could not be taken, newest first, one JSON object a line",
        $"""
        Usage: akkacrypto dead-letters list [filter] [--limit N]

        {LetterOptions.FilterHelp}
          --limit N         most letters, {DefaultLimit} by default
        {ServiceConnection.OptionHelp}
        """,
        (arguments, surroundings, cancellation) => RunAsync(
            LetterOptions.Parse(arguments), surroundings, (stores, _, options) => ListAsync(stores, options, surroundings, cancellation),
            cancellation));

    public static readonly Verb Show = new(
        "dead-letters show", "one dead letter with its payload",
        $"""
        Usage: akkacrypto dead-letters show ID [--save FILE]

        The payload is shown as text where it is UTF-8, else in base64 (encoding says which).

          --save FILE     write the payload to FILE, byte for byte
        {ServiceConnection.OptionHelp}

        Exit: 0 shown, 1 there is no such letter, 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(
            One(LetterOptions.Parse(arguments, "--save")), surroundings,
            (stores, _, options) => ShowAsync(stores, options, surroundings, cancellation), cancellation));

    public static readonly Verb Replay = new(
        "dead-letters replay", "take dead letters again",
        $"""
        Usage: akkacrypto dead-letters replay ID
               akkacrypto dead-letters replay filter [--limit N]

        Reads each payload with the normaliser of today and stores it as its feed would; what is stored already is skipped. With a filter
        the open letters that fit, oldest first, all of them unless --limit says fewer. What came of each is one JSON object a line.

        {LetterOptions.FilterHelp}
        {ServiceConnection.OptionHelp}

        Exit: 0 all are stored, 1 some are not (code and reason say why), 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(
            LetterOptions.Parse(arguments).Required(), surroundings,
            (stores, audit, options) => ReplayAsync(stores, audit, options, surroundings, cancellation), cancellation));

    public static readonly Verb Purge = new(
        "dead-letters purge", "delete dead letters for ever",
        $"""
        Usage: akkacrypto dead-letters purge ID
               akkacrypto dead-letters purge filter

        Prints how many went, of what.

        {LetterOptions.FilterHelp}
        {ServiceConnection.OptionHelp}

        Exit: 0 deleted, 1 there is no such letter, 2 wrong usage.
        """,
        (arguments, surroundings, cancellation) => RunAsync(
            LetterOptions.Parse(arguments).Required(), surroundings,
            (stores, audit, options) => PurgeAsync(stores, audit, options, surroundings, cancellation), cancellation));

    private static LetterOptions One(LetterOptions options) =>
        options.Id is not null ? options : throw new UsageException("Which letter? Give its id.");

    private static async Task<int> RunAsync(
        LetterOptions options, Surroundings surroundings, Func<FeedStores, AuditLog, LetterOptions, Task<int>> run,
        CancellationToken cancellation)
    {
        await using var connection = await ServiceConnection.OpenAsync(options.Service, surroundings, cancellation);
        var (database, time) = (connection.Database, TimeProvider.System);
        return await run(
            FeedStores.Over(database, new PairCatalogue(database), time), new AuditLog(database, time), options);
    }

    private static async Task<int> ListAsync(
        FeedStores stores, LetterOptions options, Surroundings surroundings, CancellationToken cancellation)
    {
        foreach (var letter in await stores.DeadLetters.ListAsync(options.Filter, null, options.Limit ?? DefaultLimit, cancellation))
        {
            await PrintAsync(surroundings, Line, json => DeadLetterJson.Write(json, letter));
        }

        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(
        FeedStores stores, LetterOptions options, Surroundings surroundings, CancellationToken cancellation)
    {
        if (await stores.DeadLetters.FindAsync(options.Id!.Value, cancellation) is not { } letter)
        {
            return await MissingAsync(options, surroundings);
        }

        if (options.Save is { } file)
        {
            try
            {
                await File.WriteAllBytesAsync(file, letter.Payload, cancellation);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                await surroundings.Error.WriteLineAsync($"--save {file}: {refused.Message}");
                return ExitCode.Failed;
            }
        }

        await PrintAsync(surroundings, Whole, json => DeadLetterJson.Write(json, letter));
        return ExitCode.Done;
    }

    private static async Task<int> ReplayAsync(
        FeedStores stores, AuditLog audit, LetterOptions options, Surroundings surroundings, CancellationToken cancellation)
    {
        var replay = new DeadLetterReplay(stores, TimeProvider.System);
        if (options.Id is { } id)
        {
            return await audit.AroundAsync(
                CommandActor.Here(), DeadLetterAudit.Replay, DeadLetterAudit.Target(id),
                async () => DeadLetterAudit.Result(await replay.ReplayAsync(id, cancellation))) is { } one
                ? await PrintAsync(surroundings, one)
                : await MissingAsync(options, surroundings);
        }

        return await audit.AroundAsync(CommandActor.Here(), DeadLetterAudit.Replay, options.Filter.ToString(), async () =>
        {
            var (whole, failed, exit) = await ReplayManyAsync(replay, options, surroundings, cancellation);
            return new ActResult<int>(exit, null, DeadLetterAudit.Replayed(whole, failed));
        });
    }

    private static async Task<(int Whole, int Failed, int Exit)> ReplayManyAsync(
        DeadLetterReplay replay, LetterOptions options, Surroundings surroundings, CancellationToken cancellation)
    {
        var (whole, failed) = (0, 0);
        var (left, after, exit) = (options.Limit ?? int.MaxValue, (long?)null, ExitCode.Done);
        for (var replayed = ReplayedAtOnce; left > 0 && replayed == ReplayedAtOnce; left -= replayed)
        {
            replayed = 0;
            await foreach (var letter in replay.ReplayAsync(options.Filter, after, Math.Min(left, ReplayedAtOnce), cancellation))
            {
                exit = Math.Max(exit, await PrintAsync(surroundings, letter));
                (whole, failed) = letter.Replay.Code is null ? (whole + 1, failed) : (whole, failed + 1);
                (after, replayed) = (letter.Id, replayed + 1);
            }
        }

        return (whole, failed, exit);
    }

    private static async Task<int> PurgeAsync(
        FeedStores stores, AuditLog audit, LetterOptions options, Surroundings surroundings, CancellationToken cancellation)
    {
        if (options.Id is not { } id)
        {
            var purged = await stores.DeadLetters.PurgeAsync(
                options.Filter, DeadLetterAudit.Purged(audit, CommandActor.Here(), options.Filter), cancellation);
            await PrintAsync(surroundings, Line, json => DeadLetterJson.Write(json, purged));
            return ExitCode.Done;
        }

        if (await stores.DeadLetters.FindAsync(id, cancellation) is not { Letter: var letter }
            || !await stores.DeadLetters.PurgeAsync(id, DeadLetterAudit.Purged(audit, CommandActor.Here(), letter), cancellation))
        {
            return await MissingAsync(options, surroundings);
        }

        await PrintAsync(surroundings, Line, json => DeadLetterJson.Write(
            json, [new PurgedLetters(letter.Series.Provider, letter.Series.Dataset, letter.ReasonCode, Letters: 1, letter.Bytes)]));
        return ExitCode.Done;
    }

    private static async Task<int> PrintAsync(Surroundings surroundings, ReplayedLetter replayed)
    {
        await PrintAsync(surroundings, Line, json => DeadLetterJson.Write(json, replayed));
        return replayed.Replay.Code is null ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task PrintAsync(Surroundings surroundings, JsonWriterOptions form, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        await using (var json = new Utf8JsonWriter(buffer, form))
        {
            write(json);
        }

        await surroundings.Out.WriteLineAsync(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static async Task<int> MissingAsync(LetterOptions options, Surroundings surroundings)
    {
        await surroundings.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"There is no dead letter {options.Id}; it may have been purged."));
        return ExitCode.Failed;
    }
}
