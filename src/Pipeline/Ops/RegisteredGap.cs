using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Where a gap stands between being found and being filled.</summary>
public enum GapState
{
    /// <summary>Waits for its repair.</summary>
    Open,

    /// <summary>Somebody asks the provider for it.</summary>
    Repairing,

    /// <summary>All that the provider has of it is stored.</summary>
    Filled,

    /// <summary>The provider does not show it; see <see cref="RegisteredGap.LastError"/>. If it turns up it is filled all the
    /// same.</summary>
    Unfillable,
}

/// <summary>The words for states in JSON, in the database and on the command line.</summary>
public static class GapStates
{
    /// <summary>Every state's word.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<GapState>().Select(Text)];

    public static string Text(this GapState state) => state switch
    {
        GapState.Open => "open",
        GapState.Repairing => "repairing",
        GapState.Filled => "filled",
        GapState.Unfillable => "unfillable",
    };

    /// <exception cref="ArgumentOutOfRangeException">None of <see cref="All"/>.</exception>
    public static GapState Parse(string text)
    {
        foreach (var state in Enum.GetValues<GapState>())
        {
            if (state.Text() == text)
            {
                return state;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(text), text, $"Expected one of {string.Join(", ", All)}.");
    }
}

/// <summary>A gap as it stands in the register.</summary>
/// <param name="Interval">A filled gap keeps the last bounds that it had.</param>
/// <param name="Attempts">At its repair, since it last shrank.</param>
/// <param name="NextAttemptAt">Null: as soon as its turn comes.</param>
/// <param name="LastError">Of the last attempt; for an unfillable gap the reason.</param>
public sealed record RegisteredGap(
    long Id, Gap Interval, GapState State, int Attempts, DateTimeOffset? LastAttemptAt, DateTimeOffset? NextAttemptAt,
    DateTimeOffset? FilledAt, string? LastError)
{
    /// <summary>One object of <c>/admin/gaps</c>, and one line of <c>akkacrypto gaps</c>. Both bounds are stored records and do not belong
    /// to the gap.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, Id);
        json.WriteString("provider"u8, Interval.Series.Provider);
        json.WriteString("dataset"u8, Interval.Series.Dataset);
        json.WriteString("series"u8, Interval.Series.Series);
        json.WriteString("after"u8, Interval.From.ToString());
        json.WriteString("after_id"u8, Interval.FromId);
        json.WriteString("before"u8, Interval.To.ToString());
        json.WriteString("before_id"u8, Interval.ToId);
        json.WriteString("state"u8, State.Text());
        json.WriteString("reason"u8, Interval.Reason);
        json.WriteString("detected_at"u8, Text(Interval.DetectedAt));
        json.WriteNumber("attempts"u8, Attempts);
        json.WriteString("last_attempt_at"u8, Text(LastAttemptAt));
        json.WriteString("next_attempt_at"u8, Text(NextAttemptAt));
        json.WriteString("filled_at"u8, Text(FilledAt));
        json.WriteString("last_error"u8, LastError);
        json.WriteEndObject();
    }

    private static string? Text(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
