using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Auth;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// <c>/admin/keys</c>: list, show, make, change, rotate and revoke stored keys. In force on this node before the answer, on the others at
/// once by a message and at latest with their next look.
/// </summary>
/// <param name="tiers">The names of <c>akkacrypto.quota.tiers</c>.</param>
public sealed class KeyDesk(
    ApiKeyStore store, KeyRing ring, KeyNews news, ISharedCache shared, StoredKeySettings settings, IReadOnlyCollection<string> tiers,
    TimeProvider time)
{
    public const string Path = "/admin/keys";

    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;
    private const int LongestId = 64;

    public static readonly Parameter IdParameter = new("id", "Of the key.", "key_0123456789abcdef", Required: true);

    public static readonly IReadOnlyList<Parameter> ListParameters =
    [
        new("tenant", "Only keys of this user.", "acme"),
        new("limit", "1 to 1000, default 100.", "100", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer; stays in place while keys are made.", "4711"),
    ];

    public sealed record Request(string? Tenant, int Limit, long? Cursor);

    public static Request ParseList(Query query)
    {
        var tenant = query.Optional("tenant");
        if (tenant is not null && !NewApiKey.IsTenant(tenant))
        {
            query.Fault("tenant", "must be 1 to 100 of a-z, A-Z, 0-9, '.', '_', '@', '-'");
        }

        long? cursor = null;
        if (query.Optional("cursor") is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
            {
                cursor = place;
            }
            else
            {
                query.Fault("cursor", "must be a next_cursor of an earlier answer");
            }
        }

        return new Request(tenant, query.Integer("limit", DefaultLimit, 1, MostLimit), cursor);
    }

    /// <summary>The first page of a user's keys is shared over Redis, with the version of the keys that it shows.</summary>
    public async ValueTask<Answer> ListAsync(Request request, CancellationToken cancellationToken)
    {
        var cached = request is { Tenant: not null, Cursor: null, Limit: DefaultLimit } ? "api_keys:" + request.Tenant : null;
        if (cached is not null && IsCurrent(await shared.GetAsync(cached), out var kept))
        {
            return Answer.Of(kept);
        }

        // Before the keys are read: what changes meanwhile makes the page void and not too new.
        var version = ring.Version;
        var keys = await store.ListAsync(request.Tenant, request.Cursor, request.Limit, cancellationToken);
        var body = Encode(json => WriteList(json, keys, request.Limit));
        if (cached is not null && version > 0)
        {
            byte[] page = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{version}\n")), .. body.Span];
            await shared.SetAsync(cached, page, settings.ListTtl);
        }

        return Answer.Of(body);
    }

    public async ValueTask<Answer> ShowAsync(Target target, NoRequest request, CancellationToken cancellationToken) =>
        IsId(target.Name) && await store.FindAsync(target.Name, cancellationToken) is { } key ? Shown(key) : Missing(target);

    public async ValueTask<Answer> CreateAsync(Target target, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        var key = NewKeyReader.ReadNew(body, tiers, time.GetUtcNow(), faults);
        return faults.Count > 0
            ? Problem.Invalid(faults)
            : await IssueAsync(
                async () => await store.CreateAsync(key, target.Actor, cancellationToken), StatusCodes.Status201Created, target);
    }

    public async ValueTask<Answer> RotateAsync(Target target, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        var overlap = NewKeyReader.ReadOverlap(body, faults);
        return faults.Count > 0 ? Problem.Invalid(faults)
            : !IsId(target.Name) ? Missing(target)
            : await IssueAsync(
                () => store.RotateAsync(target.Name, overlap, target.Actor, cancellationToken), StatusCodes.Status200OK, target);
    }

    public async ValueTask<Answer> UpdateAsync(Target target, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        var change = NewKeyReader.ReadChange(body, faults);
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        if (!IsId(target.Name) || await store.FindAsync(target.Name, cancellationToken) is not { } key)
        {
            return Missing(target);
        }

        var wrong = change.Faults(key, tiers, time.GetUtcNow());
        return wrong.Count > 0 ? Problem.Invalid(wrong) : await ChangeAsync(async () =>
            await store.UpdateAsync(target.Name, change, target.Actor, cancellationToken) is { } after ? (after, null) : null, target);
    }

    public async ValueTask<Answer> RevokeAsync(Target target, NoRequest request, CancellationToken cancellationToken)
    {
        if (!IsId(target.Name) || await store.RevokeAsync(target.Name, target.Actor, cancellationToken) is not { } key)
        {
            return Missing(target);
        }

        ring.Doubt(key.Id);
        await SettleAsync(new KeyMessage(key.Id, Revoked: true));
        return Shown(key);
    }

    /// <summary>The key itself is in this answer and nowhere else.</summary>
    private ValueTask<Answer> IssueAsync(Func<Task<IssuedKey?>> issue, int status, Target target) =>
        ChangeAsync(async () => await issue() is { } issued ? (issued.Record, issued.Key) : null, target, status);

    /// <param name="change">The key as it has become and, where it was issued, its secret; null where there is no such key.</param>
    private async ValueTask<Answer> ChangeAsync(
        Func<Task<(ApiKeyRecord Key, string? Secret)?>> change, Target target, int status = StatusCodes.Status200OK)
    {
        try
        {
            if (await change() is not { } changed)
            {
                return Missing(target);
            }

            await SettleAsync(new KeyMessage(changed.Key.Id, Revoked: false));
            return Answer.Of(Encode(json => ApiKeyJson.Write(json, changed.Key, time.GetUtcNow(), changed.Secret)), status);
        }
        catch (KeyRefusedException refused)
        {
            return new Problem(StatusCodes.Status409Conflict, refused.Code, refused.Message);
        }
    }

    /// <summary>The change is committed: from here on nothing may make its answer a failure.</summary>
    private async Task SettleAsync(KeyMessage message)
    {
        await news.TellAsync(message);
        await ring.TryRefreshAsync();
    }

    private bool IsCurrent(byte[]? page, out ReadOnlyMemory<byte> body)
    {
        var end = page is null ? -1 : Array.IndexOf(page, (byte)'\n');
        body = end < 0 ? default : page.AsMemory(end + 1);
        return end > 0 && long.TryParse(page.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && ring.IsTrusted && version >= ring.Version;
    }

    private Answer Shown(ApiKeyRecord key) => Answer.Of(Encode(json => ApiKeyJson.Write(json, key, time.GetUtcNow())));

    private void WriteList(Utf8JsonWriter json, IReadOnlyList<(long Sequence, ApiKeyRecord Key)> keys, int limit)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var (_, key) in keys)
        {
            ApiKeyJson.Write(json, key, time.GetUtcNow());
        }

        json.WriteEndArray();
        json.WriteString("next_cursor"u8, keys.Count == limit ? keys[^1].Sequence.ToString(CultureInfo.InvariantCulture) : null);
        json.WriteEndObject();
    }

    private static bool IsId(string text) => text.Length <= LongestId && text.StartsWith("key_", StringComparison.Ordinal)
        && text.Skip("key_".Length).All(char.IsAsciiLetterOrDigit);

    private static Problem Missing(Target target) => new(
        StatusCodes.Status404NotFound, "unknown_key",
        // What is no id may be a secret in the wrong place, and is not repeated.
        IsId(target.Name) ? $"There is no key with the id '{target.Name}'." : "That is no id of a key, such as key_0123456789abcdef.");

    private static ReadOnlyMemory<byte> Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return buffer.WrittenMemory;
    }
}
