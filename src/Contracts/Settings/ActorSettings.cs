using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>How shards of entities run: <c>akkacrypto.actors</c>. All can change while running.</summary>
public sealed record ActorSettings(
    [Range(1, 10_000_000)] int Mailbox,
    [Range(1, 100_000)] int MaxBatch,
    [Range(1, 100_000)] int SendAhead,
    [Range(16, 100_000_000)] int MaxActive,
    [Range(typeof(TimeSpan), "00:00:01", "31.00:00:00")] TimeSpan IdleAfter,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")] TimeSpan Deadline,
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")] TimeSpan MinBackoff,
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")] TimeSpan MaxBackoff) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxBackoff < MinBackoff)
        {
            yield return new ValidationResult("at least min-backoff", [nameof(MaxBackoff)]);
        }
    }

    /// <summary>Pause before the journal is tried again, after so many failures in a row.</summary>
    public TimeSpan PauseAfter(int failures) => Pauses.After(failures, MinBackoff, MaxBackoff);
}
