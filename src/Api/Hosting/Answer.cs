using System.Globalization;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Hosting;

/// <summary>How old an answer's data may be when it leaves.</summary>
/// <param name="What">The data's name in the refusal: <c>the price of bitcoin in usd</c>.</param>
public sealed record Freshness(string What, TimeSpan MaxAge);

/// <summary>
/// An encoded body with the time of its data, or a refusal. Immutable, so that one answer serves any number of requests from memory; its
/// age is checked anew each time it is written. What its headers say is made once, not for each request.
/// </summary>
public sealed class Answer
{
    private readonly Lazy<Representations> _representations;
    private readonly TimeSpan _staleFor;
    private AgeText? _age;

    private Answer(
        ReadOnlyMemory<byte> body, DateTimeOffset? dataTime, string? dataTimeText, Freshness? freshness, Problem? refusal, int status)
    {
        Body = body;
        DataTime = dataTime;
        DataTimeText = dataTimeText;
        Freshness = freshness;
        Refusal = refusal;
        Status = status;
        _representations = new(() => new Representations(Body));
    }

    /// <param name="body">Whose bytes, equal ones, and codings are taken.</param>
    /// <param name="staleFor">How long past its age limit it is served; null: as the other.</param>
    private Answer(Answer other, Answer body, TimeSpan? staleFor = null)
        : this(body.Body, other.DataTime, other.DataTimeText, other.Freshness, other.Refusal, other.Status)
    {
        (ContentType, ModifiedAt, IsDated, ClientTtl, Stale, _staleFor) =
            (other.ContentType, other.ModifiedAt, other.IsDated, other.ClientTtl, other.Stale, staleFor ?? other._staleFor);
        _representations = body._representations;
    }

    /// <summary>In UTF-8.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body in each coding.</summary>
    public Representations Representations => _representations.Value;

    /// <summary>Of the oldest value in the body; null where the body is no provider's data.</summary>
    public DateTimeOffset? DataTime { get; }

    public StringValues DataTimeText { get; }

    /// <summary>
    /// When this process first had this body, as <c>Last-Modified</c>: never before another body was given for it. Null where nothing is
    /// known of what was given before.
    /// </summary>
    public DateTimeOffset? ModifiedAt
    {
        get;
        private init
        {
            field = value;
            LastModified = value is { } time ? DateText(time) : default;
        }
    }

    public StringValues LastModified { get; private init; }

    /// <summary>
    /// Whether <see cref="LastModified"/> proves that a client has this body. Not where another one was given in the same second.
    /// </summary>
    public bool IsDated { get; private init; }

    /// <summary>Null for history, which may be as old as it was asked for.</summary>
    public Freshness? Freshness { get; private init; }

    /// <summary>How long a client may keep it; null: it has to ask each time whether it has changed.</summary>
    public TimeSpan? ClientTtl { get; private init; }

    /// <summary>The code of the error that past its age limit this is served instead of; null for what is fresh.</summary>
    public string? Stale { get; private init; }

    public Problem? Refusal { get; }

    public int Status { get; }

    /// <summary>With its charset and version, where it has any.</summary>
    public string ContentType { get; private init; } = Media.Json;

    /// <summary>Whether a client may keep it, and ask whether it has changed.</summary>
    public bool IsData => DataTime is not null && Status == StatusCodes.Status200OK;

    /// <param name="contentType">Of a body that is not JSON.</param>
    public static Answer Of(ReadOnlyMemory<byte> body, string contentType) =>
        new(body, null, null, null, null, StatusCodes.Status200OK) { ContentType = contentType };

    public static Answer Of(ReadOnlyMemory<byte> body, int status = StatusCodes.Status200OK) => new(body, null, null, null, null, status);

    /// <param name="dataTimeText">As the provider stated it, with its own digits.</param>
    public static Answer Of(ReadOnlyMemory<byte> body, DateTimeOffset dataTime, string dataTimeText, Freshness? freshness) =>
        new(body, dataTime, dataTimeText, freshness, null, StatusCodes.Status200OK);

    public static implicit operator Answer(Problem refusal) => new(default, null, null, null, refusal, refusal.Status);

    public static string DateText(DateTimeOffset time) => time.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>As it is kept from <paramref name="now"/> on, after <paramref name="earlier"/> under the same key: an equal body is kept
    /// once.</summary>
    public Answer KeptAfter(Answer? earlier, TimeSpan clientTtl, DateTimeOffset now)
    {
        if (IsData && earlier is { IsData: true } && Representations.IsOf(earlier.Representations))
        {
            return new Answer(this, earlier) { ClientTtl = clientTtl, ModifiedAt = earlier.ModifiedAt, IsDated = earlier.IsDated };
        }

        // What is not kept is forgotten, and so is what was given before it.
        var isDated = clientTtl > TimeSpan.Zero && !(earlier?.ModifiedAt?.ToUnixTimeSeconds() >= now.ToUnixTimeSeconds());
        return new Answer(this, this) { ClientTtl = clientTtl, ModifiedAt = now, IsDated = isDated };
    }

    /// <summary>Whether it may be served at <paramref name="now"/>: neither a refusal nor past its age limit, or, marked, past what is
    /// borne beyond it.</summary>
    public bool IsFresh(DateTimeOffset now) => Refusal is null && !(FreshFor(now) < TimeSpan.Zero);

    /// <summary>How much longer it may be served, negative once it may not; null: for ever.</summary>
    public TimeSpan? FreshFor(DateTimeOffset now) => Freshness is { } freshness ? freshness.MaxAge + _staleFor - (now - DataTime) : null;

    /// <summary>Marked as served past its age limit because of <paramref name="error"/>; null where it is too old for that too.</summary>
    public Answer? AsStale(string error, CacheTtlSettings rules, DateTimeOffset now) =>
        rules.StaleIfError > TimeSpan.Zero && Freshness is { } freshness && now - DataTime <= freshness.MaxAge + rules.StaleIfError
            ? new Answer(this, this, rules.StaleIfError) { Stale = error }
            : null;

    /// <summary><c>Age</c> and <c>Cache-Control</c>, made once a second.</summary>
    public AgeText AgeAt(DateTimeOffset now)
    {
        // A provider's clock ahead of ours is no negative age.
        var seconds = Math.Max(0, (now.UtcTicks - DataTime!.Value.UtcTicks) / TimeSpan.TicksPerSecond);
        var text = _age;
        if (text?.Seconds != seconds)
        {
            _age = text = AgeText.Of(seconds, this);
        }

        return text;
    }
}

/// <summary>What an answer's headers say at one age.</summary>
public sealed record AgeText(long Seconds, StringValues Age, StringValues CacheControl)
{
    /// <summary>
    /// <c>Age</c> is the data's own, so <c>max-age</c> counts from there too (RFC 9111, 4.2): a client that keeps the answer for the
    /// dataset's time must be told its age plus that, never more than the age limit.
    /// </summary>
    public static AgeText Of(long seconds, Answer answer)
    {
        var control = "private, no-cache";
        if (answer is { ClientTtl: { } ttl, Stale: null })
        {
            var until = seconds + (long)Math.Ceiling(ttl.TotalSeconds);
            until = answer.Freshness is { } freshness ? Math.Min(until, (long)freshness.MaxAge.TotalSeconds) : until;
            control = string.Create(CultureInfo.InvariantCulture, $"private, max-age={until}");
        }

        return new AgeText(seconds, seconds.ToString(CultureInfo.InvariantCulture), control);
    }
}
