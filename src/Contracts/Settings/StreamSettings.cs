using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>How one kind of data flows: <c>akkacrypto.streams.&lt;name&gt;</c>. All can change while running.</summary>
public sealed record StreamSettings(
    bool Paused,
    [Range(1, 100_000)] int BatchSize,
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")] TimeSpan FlushInterval,
    [Range(1, 10_000)] int Buffer,
    [Range(1, 100_000)] int SocketBuffer,
    [Range(1, 64)] int Parallelism,
    [Range(0.001, 10_000)] double RequestsPerSecond,
    RestartSettings Restart);

/// <param name="Jitter">Share of the wait that is random, 0 to 1.</param>
public sealed record RestartSettings(
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")] TimeSpan MinBackoff,
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")] TimeSpan MaxBackoff,
    [Range(0.0, 1.0)] double Jitter) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxBackoff < MinBackoff)
        {
            yield return new ValidationResult("at least min-backoff", [nameof(MaxBackoff)]);
        }
    }
}
