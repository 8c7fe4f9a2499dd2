using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Holds elements back to a rate.</summary>
public static class ThrottleOperator
{
    /// <summary>
    /// Delivers at most <paramref name="burst"/> elements at once and <paramref name="elementsPerSecond"/> in the long run: a token bucket
    /// that starts full. The rate is read for each element and each second of a wait; at zero or less nothing passes until it is raised. An
    /// element is taken from upstream first and then waits for its token: one at most is held.
    /// </summary>
    public static Source<T> Throttle<T>(this Source<T> source, Func<double> elementsPerSecond, int burst, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        return new(ct => Run(source, new TokenBucket(elementsPerSecond, burst, time), time, ct));
    }

    private static async IAsyncEnumerable<T> Run<T>(
        Source<T> source, TokenBucket bucket, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Throttle));
        Func<TimeSpan> untilNextToken = bucket.UntilNext;
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            if (!bucket.TryTake())
            {
                await Waits.UntilNothingIsLeftAsync(untilNextToken, time, cancellationToken);
                bucket.Take();
            }

            yield return element;
        }
    }

    /// <summary>
    /// Tokens grow with time. While nobody waits they stop at the burst. While an element waits, what the timer overslept, at most
    /// <see cref="Slack"/>, is kept on top: timers are good for a millisecond or several, and without this a rate above a thousand a second
    /// could never be reached. Tokens never grow faster than the rate.
    /// </summary>
    private sealed class TokenBucket(Func<double> elementsPerSecond, int burst, TimeProvider time)
    {
        // A token that lacks only the rounding of binary fractions is whole.
        private const double Whole = 1 - 1e-9;
        private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(20);
        private double tokens = burst;
        private long filledAt = time.GetTimestamp();

        /// <summary>An element has come: takes a token if there is one. The time without an element earned no more than the
        /// burst.</summary>
        public bool TryTake()
        {
            Fill(Math.Max(0, elementsPerSecond()), TimeSpan.Zero);
            if (tokens < Whole)
            {
                return false;
            }

            Take();
            return true;
        }

        /// <summary>How long until the next token at the rate as it is now.</summary>
        public TimeSpan UntilNext()
        {
            var rate = Math.Max(0, elementsPerSecond());
            Fill(rate, Slack);
            if (tokens >= Whole)
            {
                return TimeSpan.Zero;
            }

            var seconds = (1 - tokens) / rate;
            return seconds < Waits.SettingsReadEvery.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Waits.SettingsReadEvery;
        }

        public void Take() => tokens -= 1;

        private void Fill(double rate, TimeSpan slack)
        {
            var now = time.GetTimestamp();
            var limit = Math.Max(tokens, burst + (rate * slack.TotalSeconds));
            tokens = Math.Min(limit, tokens + (rate * time.GetElapsedTime(filledAt, now).TotalSeconds));
            filledAt = now;
        }
    }
}
