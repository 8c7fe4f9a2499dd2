using System.Text.RegularExpressions;

namespace AkkaCrypto.Simulator.Faults;

/// <summary>What goes wrong. All but <see cref="Delay"/> end the search for further faults on the same reply.</summary>
public enum FaultKind
{
    /// <summary>The reply comes late by <see cref="Fault.DelayMs"/>, and is then whole and right.</summary>
    Delay,

    /// <summary>No reply, ever; the connection stays open until the client gives up or the simulator stops.</summary>
    Timeout,

    /// <summary><see cref="Fault.Status"/> with the provider's error body; 429 with <c>Retry-After</c>.</summary>
    Status,

    /// <summary>The connection is cut in the middle of the body.</summary>
    Disconnect,

    /// <summary>The body ends early, under a <c>Content-Length</c> that says it is whole.</summary>
    Truncated,

    /// <summary>Some bytes of the body are other bytes.</summary>
    Mutated,

    /// <summary>A body that can't be meant; which, by <see cref="Fault.Variant"/>.</summary>
    Garbage,

    /// <summary>Some rows come twice.</summary>
    Duplicates,

    /// <summary>The rows come in another order.</summary>
    Reordered,

    /// <summary>
    /// Nothing new: empty lists (variant <c>empty</c>), or the first reply under the fault again and again (<c>stale</c>, the default).
    /// </summary>
    Silence,

    /// <summary>Values (not times or ids) are multiplied by <see cref="Fault.Factor"/>, as after a provider's correction.</summary>
    Revised,

    /// <summary>The provider's error body under HTTP 200.</summary>
    ErrorBody,
}

/// <summary>One order to misbehave. On a websocket every data frame counts as a reply.</summary>
/// <param name="Provider">Name of a provider, such as <c>coinone</c>, or <c>*</c>.</param>
/// <param name="Path">Path below the provider's own (<c>/public/v2/trades/*</c>); <c>*</c> stands for anything.</param>
/// <param name="Share">Part of the matching replies that are hit, 0 to 1, drawn from the simulator's seed and the reply's number.</param>
/// <param name="Count">Replies hit at most; then the fault is over. Null: no such end.</param>
/// <param name="DurationSeconds">Seconds after which it is over. Null: no such end.</param>
/// <param name="DelayMs">Of <see cref="FaultKind.Delay"/>; at most ten minutes.</param>
/// <param name="Status">Of <see cref="FaultKind.Status"/>: 400 to 599.</param>
/// <param name="RetryAfterSeconds">Of a <see cref="FaultKind.Status"/> of 429 or 503; 0 sends no header.</param>
/// <param name="Variant">
/// Of <see cref="FaultKind.Garbage"/>: <c>wrong_types</c>, <c>nan</c>, <c>control_characters</c>, <c>long_number</c>, <c>deep_nesting</c>,
/// <c>huge</c>, <c>html</c>, <c>empty</c>; null draws one for each reply. Of <see cref="FaultKind.Silence"/>: <c>empty</c> or <c>stale</c>.
/// </param>
/// <param name="Factor">Of <see cref="FaultKind.Revised"/>.</param>
/// <param name="ErrorCode">Coinone's code of <see cref="FaultKind.ErrorBody"/>.</param>
public sealed record Fault(
    string Provider, FaultKind Kind, string Path = "*", double Share = 1, int? Count = null, double? DurationSeconds = null,
    int DelayMs = 1000, int Status = 503, int RetryAfterSeconds = 7, string? Variant = null, decimal Factor = 1.01m, string ErrorCode = "4")
{
    public static IReadOnlyList<string> GarbageVariants { get; } =
        ["wrong_types", "nan", "control_characters", "long_number", "deep_nesting", "huge", "html", "empty"];

    /// <summary>What is wrong with this order, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Provider != "*" && SimulatedProviders.Find(Provider) is null)
        {
            yield return $"provider: '{Provider}'; expected {string.Join(", ", SimulatedProviders.All.Select(known => known.Name))} or *";
        }

        if (!(Share is >= 0 and <= 1) || Count is < 1 || DurationSeconds is not (null or (> 0 and <= 86_400)))
        {
            yield return "share: expected 0 to 1; count: at least 1; duration_seconds: above 0, at most 86400";
        }

        if (DelayMs is < 0 or > 600_000 || Status is < 400 or > 599 || RetryAfterSeconds is < 0 or > 86_400)
        {
            yield return "delay_ms: expected 0 to 600000; status: 400 to 599; retry_after_seconds: 0 to 86400";
        }

        if (Factor is <= 0 or > 1000 || Path.Length > 200)
        {
            yield return "factor: expected above 0, at most 1000; path: at most 200 characters";
        }

        if (!VariantFits())
        {
            yield return $"variant: '{Variant}' is none of {Kind}";
        }
    }

    internal bool Matches(string provider, string path) =>
        (Provider == "*" || Provider == provider)
        && Regex.IsMatch(path, "^" + Regex.Escape(Path).Replace(@"\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.NonBacktracking);

    private bool VariantFits() => Variant is null
        || (Kind == FaultKind.Garbage && GarbageVariants.Contains(Variant))
        || (Kind == FaultKind.Silence && Variant is "empty" or "stale");
}
