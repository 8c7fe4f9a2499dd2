using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>How gaps are repaired: <c>akkacrypto.repair</c>.</summary>
public sealed record RepairSettings(
    bool Enabled,
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")] TimeSpan Every,
    [Range(1, 1_000_000)] int PagesPerTurn,
    [Range(1, 1_000_000)] int PagesToReach,
    [Range(1, 1000)] int Attempts,
    [Range(typeof(TimeSpan), "00:00:00.001", "31.00:00:00")] TimeSpan MinPause,
    [Range(typeof(TimeSpan), "00:00:00.001", "31.00:00:00")] TimeSpan MaxPause,
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] TimeSpan Lease,
    [Range(typeof(TimeSpan), "00:00:01", "31.00:00:00")] TimeSpan FindHolesEvery) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Pauses.Faults(MinPause, MaxPause);

    /// <summary>After so many attempts in a row that brought nothing.</summary>
    public TimeSpan PauseAfter(int attempts) => Pauses.After(attempts, MinPause, MaxPause);
}

/// <summary>What <c>akkacrypto backfill</c> does about a page that can't be had: <c>akkacrypto.backfill</c>.</summary>
public sealed record BackfillSettings(
    [Range(1, 1000)] int Attempts,
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")] TimeSpan MinPause,
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")] TimeSpan MaxPause) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Pauses.Faults(MinPause, MaxPause);

    /// <summary>After so many attempts in a row that brought nothing.</summary>
    public TimeSpan PauseAfter(int attempts) => Pauses.After(attempts, MinPause, MaxPause);
}

/// <summary>What a schedule has before its own entry: see reference.conf.</summary>
public sealed record ScheduleDefaults(bool Enabled, string TimeZone, TimeSpan CatchUp, TimeSpan Lease);

/// <summary>One bulk run by the clock: <c>akkacrypto.schedules.&lt;name&gt;</c>.</summary>
public sealed record ScheduleSettings(
    bool Enabled,
    [Required(AllowEmptyStrings = false)] string Cron,
    [Required(AllowEmptyStrings = false)] string TimeZone,
    [Required(AllowEmptyStrings = false)] string Provider,
    [Required(AllowEmptyStrings = false)] string Dataset,
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")] TimeSpan CatchUp,
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] TimeSpan Lease);

internal static class Pauses
{
    /// <summary>Doubled with each attempt.</summary>
    public static TimeSpan After(int attempts, TimeSpan min, TimeSpan max)
    {
        var doubled = min.Ticks * Math.Pow(2, Math.Clamp(attempts - 1, 0, 60));
        return doubled < max.Ticks ? TimeSpan.FromTicks((long)doubled) : max;
    }

    public static IEnumerable<ValidationResult> Faults(TimeSpan min, TimeSpan max)
    {
        if (max < min)
        {
            yield return new ValidationResult("at least min-pause", [nameof(RepairSettings.MaxPause)]);
        }
    }
}
