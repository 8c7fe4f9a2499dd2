using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>What callers may ask for, by tier: <c>akkacrypto.quota</c>; see reference.conf.</summary>
/// <param name="Costs">By route, as it stands in the OpenAPI document.</param>
public sealed record QuotaSettings(
    LimitDefaults LimitDefaults,
    TierDefaults TierDefaults,
    CostSettings CostDefaults,
    IReadOnlyDictionary<string, CostSettings> Costs,
    IReadOnlyDictionary<string, TierSettings> Tiers,
    [Range(1, 100_000_000)] int InvalidRequestsPerMinute);

/// <summary>How a limit counts.</summary>
public enum QuotaAlgorithm
{
    /// <summary>Windows one after the other, by Redis' clock; each begins with the whole limit.</summary>
    Fixed,

    /// <summary>No stretch of the window's length ever holds more than the limit.</summary>
    Sliding,

    /// <summary>The generic cell rate algorithm: an even rate, with a burst.</summary>
    Gcra,
}

/// <summary>What a tier's callers get while the Redis that counts is away.</summary>
public enum WithoutRedis
{
    /// <summary>This node counts for itself, up to its share.</summary>
    Local,

    /// <summary>All is served, uncounted.</summary>
    Allow,

    /// <summary>503 with Retry-After.</summary>
    Deny,
}

public sealed record LimitDefaults(QuotaAlgorithm Algorithm, string Route, TimeSpan Window, int? Burst);

public sealed record TierDefaults(
    IReadOnlyDictionary<string, LimitSettings> Limits, WithoutRedis WithoutRedis, double LocalShare);

/// <summary>One limit of a tier. Its key in <c>limits</c> is its name in <c>RateLimit-Policy</c>.</summary>
/// <param name="Route"><c>all</c>, or one route.</param>
/// <param name="Limit">Units of cost per window.</param>
/// <param name="Window">Whole seconds.</param>
/// <param name="Burst">For gcra: units at once; null: the limit.</param>
public sealed record LimitSettings(
    QuotaAlgorithm Algorithm,
    [Required(AllowEmptyStrings = false)] string Route,
    [Range(1, 100_000_000)] int Limit,
    [Range(typeof(TimeSpan), "00:00:01", "31.00:00:00")] TimeSpan Window,
    [Range(1, 100_000_000)] int? Burst) : IValidatableObject
{
    /// <summary>The script counts gcra in units × milliseconds of the window, which must stay whole numbers in a double.</summary>
    private const long MostExact = 1L << 53;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Window.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            yield return new ValidationResult("whole seconds", [nameof(Window)]);
        }

        if (Route != "all" && !Route.StartsWith('/'))
        {
            yield return new ValidationResult("all, or a route such as /trades", [nameof(Route)]);
        }

        if (Burst is not null && Algorithm != QuotaAlgorithm.Gcra)
        {
            yield return new ValidationResult("null, for only gcra has a burst", [nameof(Burst)]);
        }

        if (Algorithm == QuotaAlgorithm.Gcra && Math.Max(Limit, Burst ?? 0) * Window.TotalMilliseconds * 2 > MostExact)
        {
            yield return new ValidationResult("a smaller limit or burst for so long a window", [nameof(Limit)]);
        }
    }
}

/// <param name="LocalShare">Of each limit, above 0 to 1: what this node lets through by its own count while Redis is away.</param>
public sealed record TierSettings(
    IReadOnlyDictionary<string, LimitSettings> Limits,
    WithoutRedis WithoutRedis,
    [Range(0.001, 1.0)] double LocalShare) : IValidatableObject
{
    /// <summary>So many limits a tier may have; every request of it is held against each that speaks of its route.</summary>
    public const int MostLimits = 8;

    private const int LongestName = 64;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Limits.Count > MostLimits)
        {
            yield return new ValidationResult($"at most {MostLimits} limits", [nameof(Limits)]);
        }

        foreach (var name in Limits.Keys.Where(name => name.Length > LongestName || !name.All(IsNameCharacter)))
        {
            yield return new ValidationResult($"names of letters, digits, '-', '_' and '.', unlike '{name}'", [nameof(Limits)]);
        }

        var same = Limits.GroupBy(limit => (limit.Value.Algorithm, limit.Value.Route, limit.Value.Window))
            .FirstOrDefault(group => group.Count() > 1);
        if (same is not null)
        {
            var names = string.Join(" and ", same.Select(limit => limit.Key));
            yield return new ValidationResult(
                $"one limit of an algorithm, route and window, where {names} are two", [nameof(Limits)]);
        }
    }

    private static bool IsNameCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';
}

/// <summary>A request costs <c>base + ceil(rows / rows-per-unit)</c> units.</summary>
/// <param name="RowsPerUnit">Of the rows that the request may answer with (its <c>limit</c>); null: rows cost nothing.</param>
public sealed record CostSettings([Range(0, 1_000_000)] int Base, [Range(1, 1_000_000)] int? RowsPerUnit);
