using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Cli.Keys;

/// <summary>
/// <c>akkacrypto keys</c>: the stored API keys, straight in the database of the service; the same as <c>/admin/keys</c> does. So the first
/// key can be made before the service runs.
/// </summary>
internal static class KeyVerbs
{
    private const int PageSize = 1000;

    /// <summary>A terminal is no web page: letters stay letters.</summary>
    private static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly Verb Create = new(
        "keys create", "make an API key; it is printed this once",
        $"""
        Usage: akkacrypto keys create --name NAME --tenant USER --tier TIER [options]

        Prints one JSON object; its "key" is the key, which is stored as a keyed hash and can't be shown again. A running service knows it
        within a second.

          --name NAME       what it is for
          --tenant USER     owner of wallets: 1 to 100 of a-z, A-Z, 0-9, '.', '_', '@', '-'
          --tier TIER       a name of akkacrypto.quota.tiers
          --role ROLE       user (default) or admin
          --scopes LIST     some of {string.Join(",", ScopeNames.All)}, comma-separated (default: all of the role)
          --expires-at TIME ISO 8601 (default: never)
        {ServiceConnection.OptionHelp}

        Exit: 0 made, 1 refused or failed, 2 wrong usage.
        """,
        CreateAsync);

    public static readonly Verb List = new(
        "keys list", "the stored API keys, newest first, one JSON object a line",
        $"""
        Usage: akkacrypto keys list [--tenant USER] [options]

        {ServiceConnection.OptionHelp}

        Exit: 0 done, 1 refused or failed, 2 wrong usage.
        """,
        ListAsync);

    public static readonly Verb Update = new(
        "keys update", "change an API key's name, tier, scopes or expiry, on every node within a second",
        $"""
        Usage: akkacrypto keys update ID [options]

        What isn't named stays; tenant, role and the secrets stay always.

          --name NAME       what it is for
          --tier TIER       a name of akkacrypto.quota.tiers
          --scopes LIST     some of {string.Join(",", ScopeNames.All)}, comma-separated, or all: all of the role
          --expires-at TIME ISO 8601, or never
        {ServiceConnection.OptionHelp}

        Exit: 0 done, 1 refused or failed, 2 wrong usage.
        """,
        UpdateAsync);

    public static readonly Verb Rotate = new(
        "keys rotate", "give an API key its next secret; it is printed this once",
        $"""
        Usage: akkacrypto keys rotate ID [--overlap SECONDS] [options]

          --overlap SECONDS how long the secrets until now stay valid, 0 to 2678400 (default: auth.keys.rotation-overlap)
        {ServiceConnection.OptionHelp}

        Exit: 0 done, 1 refused or failed, 2 wrong usage.
        """,
        RotateAsync);

    public static readonly Verb Revoke = new(
        "keys revoke", "end an API key for ever, on every node within a second",
        $"""
        Usage: akkacrypto keys revoke ID [options]

        {ServiceConnection.OptionHelp}

        Exit: 0 done, 1 refused or failed, 2 wrong usage.
        """,
        RevokeAsync);

    private static async Task<int> CreateAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments, ["--name", "--tenant", "--tier", "--role", "--scopes", "--expires-at", .. ServiceConnection.OptionNames]);
        var key = new NewApiKey(
            Needed(options, "--name"), Needed(options, "--tenant"), Role(options.GetValueOrDefault("--role", "user")),
            Needed(options, "--tier"), options.GetValueOrDefault("--scopes")?.Split(',') ?? [],
            Time(options.GetValueOrDefault("--expires-at")));
        return await WithStoreAsync(options, surroundings, async (store, service) =>
        {
            Check(key.Faults(service.Settings.Quota.Tiers.Keys, TimeProvider.System.GetUtcNow()));
            var made = await store.CreateAsync(key, CommandActor.Here(), cancellation);
            await TellAsync(service, new KeyMessage(made.Record.Id, Revoked: false));
            return await PrintAsync(surroundings, made.Record, made.Key);
        }, cancellation, mayBegin: true);
    }

    private static async Task<int> ListAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments, ["--tenant", .. ServiceConnection.OptionNames]);
        return await WithStoreAsync(options, surroundings, async (store, _) =>
        {
            long? before = null;
            for (var listed = PageSize; listed == PageSize;)
            {
                var page = await store.ListAsync(options.GetValueOrDefault("--tenant"), before, PageSize, cancellation);
                foreach (var (sequence, key) in page)
                {
                    await PrintAsync(surroundings, key, null);
                    before = sequence;
                }

                listed = page.Count;
            }

            return ExitCode.Done;
        }, cancellation);
    }

    private static async Task<int> UpdateAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var (id, options) = WithId(arguments, "--name", "--tier", "--scopes", "--expires-at");
        var (scopes, until) = (options.GetValueOrDefault("--scopes"), options.GetValueOrDefault("--expires-at"));
        var change = new ApiKeyChange(
            options.GetValueOrDefault("--name"), options.GetValueOrDefault("--tier"), scopes == "all" ? [] : scopes?.Split(','),
            until is not null, until == "never" ? null : Time(until));
        if (change.IsEmpty)
        {
            throw new UsageException("What is to change? Give --name, --tier, --scopes or --expires-at.");
        }

        return await WithStoreAsync(options, surroundings, async (store, service) =>
        {
            if (await store.FindAsync(id, cancellation) is not { } key)
            {
                return await MissingAsync(surroundings);
            }

            Check(change.Faults(key, [.. service.Settings.Quota.Tiers.Keys], TimeProvider.System.GetUtcNow()));
            if (await store.UpdateAsync(id, change, CommandActor.Here(), cancellation) is not { } after)
            {
                return await MissingAsync(surroundings);
            }

            await TellAsync(service, new KeyMessage(id, Revoked: false));
            return await PrintAsync(surroundings, after, null);
        }, cancellation);
    }

    private static async Task<int> RotateAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var (id, options) = WithId(arguments, "--overlap");
        var overlap = Overlap(options.GetValueOrDefault("--overlap"));
        return await WithStoreAsync(options, surroundings, async (store, service) =>
        {
            if (await store.RotateAsync(id, overlap, CommandActor.Here(), cancellation) is not { } rotated)
            {
                return await MissingAsync(surroundings);
            }

            await TellAsync(service, new KeyMessage(id, Revoked: false));
            return await PrintAsync(surroundings, rotated.Record, rotated.Key);
        }, cancellation);
    }

    private static async Task<int> RevokeAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellation)
    {
        var (id, options) = WithId(arguments);
        return await WithStoreAsync(options, surroundings, async (store, service) =>
        {
            if (await store.RevokeAsync(id, CommandActor.Here(), cancellation) is not { } revoked)
            {
                return await MissingAsync(surroundings);
            }

            await TellAsync(service, new KeyMessage(id, Revoked: true));
            return await PrintAsync(surroundings, revoked, null);
        }, cancellation);
    }

    private static async Task<int> WithStoreAsync(
        IReadOnlyDictionary<string, string> options, Surroundings surroundings, Func<ApiKeyStore, ServiceConnection, Task<int>> run,
        CancellationToken cancellation, bool mayBegin = false)
    {
        await using var service = await ServiceConnection.OpenAsync(options, surroundings, cancellation, mayBegin);
        try
        {
            var keys = service.Settings.Auth.Keys;
            var store = new ApiKeyStore(
                service.Database, KeyPepper.Find(keys, service.OwnDataDir), keys, new AuditLog(service.Database, TimeProvider.System),
                TimeProvider.System);
            return await run(store, service);
        }
        catch (Exception refused) when (refused is KeyRefusedException or SettingsException)
        {
            await surroundings.Error.WriteLineAsync(refused.Message);
            return ExitCode.Failed;
        }
    }

    private static (string Id, IReadOnlyDictionary<string, string> Options) WithId(
        IReadOnlyList<string> arguments, params IReadOnlyList<string> more) =>
        arguments is [var id, ..] && !id.StartsWith("--", StringComparison.Ordinal)
            ? (id, Options.Parse([.. arguments.Skip(1)], [.. more, .. ServiceConnection.OptionNames]))
            : throw new UsageException("Which key? Give its id, such as key_0123456789abcdef.");

    private static void Check(IReadOnlyDictionary<string, string> faults)
    {
        if (faults.Count > 0)
        {
            throw new UsageException(string.Join('\n', faults.Select(fault => $"{fault.Key} {fault.Value}.")));
        }
    }

    private static async Task TellAsync(ServiceConnection service, KeyMessage message) =>
        await new KeyNews(await service.StateAsync()).TellAsync(message);

    private static string Needed(IReadOnlyDictionary<string, string> options, string name) =>
        options.GetValueOrDefault(name) ?? throw new UsageException($"{name} is missing.");

    private static ApiRole Role(string text) => text switch
    {
        "user" => ApiRole.User,
        "admin" => ApiRole.Admin,
        _ => throw new UsageException($"--role {text}: expected user or admin."),
    };

    private static DateTimeOffset? Time(string? text) =>
        text is null ? null
        : ProviderTime.TryParseIso(text, out var time) ? time.ToDateTimeOffset()
        : throw new UsageException($"--expires-at {text}: expected ISO 8601 such as 2027-01-31T12:00:00Z.");

    private static TimeSpan? Overlap(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 2_678_400
            ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException($"--overlap {text}: expected a whole number of seconds from 0 to 2678400.");

    private static async Task<int> PrintAsync(Surroundings surroundings, ApiKeyRecord key, string? secret)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        await using (var json = new Utf8JsonWriter(buffer, Line))
        {
            ApiKeyJson.Write(json, key, TimeProvider.System.GetUtcNow(), secret);
        }

        await surroundings.Out.WriteLineAsync(Encoding.UTF8.GetString(buffer.WrittenSpan));
        return ExitCode.Done;
    }

    private static async Task<int> MissingAsync(Surroundings surroundings)
    {
        await surroundings.Error.WriteLineAsync("There is no key of that id: akkacrypto keys list shows all.");
        return ExitCode.Failed;
    }
}
