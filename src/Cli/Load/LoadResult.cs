using System.Collections.Concurrent;
using HdrHistogram;

namespace AkkaCrypto.Cli.Load;

/// <summary>What the requests so far came to. Written by all callers at once.</summary>
internal sealed class LoadResult
{
    /// <summary>What takes longer is counted as that long.</summary>
    private const long MostMicroseconds = 3_600_000_000;

    private const int Digits = 3;

    private readonly LongConcurrentHistogram _latencies = new(1, MostMicroseconds, Digits);
    private readonly ConcurrentDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private long _done;
    private long _failed;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Answered with 5xx, or not at all. A refusal (4xx) is an answer.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>How many by status (<c>200</c>, <c>429</c>), or by why there was no answer (<c>timeout</c>, <c>no answer</c>).</summary>
    public IEnumerable<KeyValuePair<string, long>> Outcomes => _outcomes.OrderBy(outcome => outcome.Key, StringComparer.Ordinal);

    /// <param name="latency">From before the request was sent until its body was read; null for one without an answer.</param>
    public void Add(string outcome, TimeSpan? latency, bool isFailure)
    {
        if (latency is { } took)
        {
            _latencies.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, MostMicroseconds));
        }

        _outcomes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);
        Interlocked.Add(ref _failed, isFailure ? 1 : 0);
        Interlocked.Increment(ref _done);
    }

    /// <summary>The latency that so many percent of the answers do not exceed, to three digits; zero without any answer.</summary>
    public TimeSpan Percentile(double percent) => _latencies.TotalCount == 0
        ? TimeSpan.Zero
        : TimeSpan.FromMicroseconds(_latencies.GetValueAtPercentile(percent));
}
