namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// A random walk that can be read at any second without walking to it: the sum of 15 octaves of value noise whose periods are 4^k seconds
/// (1 s to 8.5 years) and whose amplitudes grow with the square root of the period, as a Brownian motion's do. A reading costs the same for
/// any time. Octaves nest, and one octave is monotone between two of its knots, so the extremes of a span are found by branch and bound.
/// The value is a logarithm, which is why it is a <c>double</c>; it becomes a decimal with fixed digits in <see cref="MarketModel"/>.
/// </summary>
internal sealed class LogPath
{
    private const int Octaves = 15;
    private const double SecondsPerYear = 31_556_952;

    // Value noise of amplitude a moves less over its period than a Brownian motion of deviation a; this evens it out.
    private const double AmplitudePerDeviation = 0.7;

    private readonly ulong[] streams;
    private readonly double[] amplitudes;
    private readonly double[] finer;

    private LogPath(ulong[] streams, double[] amplitudes)
    {
        this.streams = streams;
        this.amplitudes = amplitudes;
        finer = new double[Octaves];
        var parts = streams.Length / Octaves;
        for (var k = 1; k < Octaves; k++)
        {
            finer[k] = finer[k - 1];
            for (var part = 0; part < parts; part++)
            {
                finer[k] += Math.Abs(amplitudes[(part * Octaves) + k - 1]);
            }
        }
    }

    /// <param name="volatility">Deviation of the logarithm over a year, e.g. 0.6.</param>
    public static LogPath Create(ulong stream, double volatility)
    {
        var knots = new ulong[Octaves];
        var sizes = new double[Octaves];
        for (var k = 0; k < Octaves; k++)
        {
            knots[k] = Hash.Bits(stream, k);
            sizes[k] = AmplitudePerDeviation * volatility * Math.Sqrt(Period(k) / SecondsPerYear);
        }

        return new LogPath(knots, sizes);
    }

    /// <summary>
    /// Always zero: a coin in itself. Two equal paths subtracted would give the same, but no bound to search extremes by.
    /// </summary>
    public static LogPath Flat { get; } = new([], []);

    /// <summary>The product of two prices is the sum of their logarithms, so an asset in another currency is a path too.</summary>
    public LogPath Plus(LogPath other) => new([.. streams, .. other.streams], [.. amplitudes, .. other.amplitudes]);

    /// <summary>A quotient of two prices, e.g. ether in bitcoin.</summary>
    public LogPath Minus(LogPath other) => new([.. streams, .. other.streams], [.. amplitudes, .. other.amplitudes.Select(a => -a)]);

    public double At(long second)
    {
        var sum = 0.0;
        for (var i = 0; i < streams.Length; i++)
        {
            sum += Octave(i, second);
        }

        return sum;
    }

    /// <summary>The second of the largest (<paramref name="sign"/> 1) or smallest (−1) value in [from, to).</summary>
    public long Extreme(long from, long to, int sign)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(from, to);
        var best = (Second: from, Value: sign * At(from));
        var top = Octaves - 1;
        for (var cell = FloorDiv(from, Period(top)); cell <= FloorDiv(to - 1, Period(top)); cell++)
        {
            Search(top, cell, from, to, sign, ref best);
        }

        return best.Second;
    }

    // Visits one cell of octave k. Every coarser octave lies within one of its own cells here and is monotone in it, so its larger end
    // bounds
    // it; the finer ones are bounded by their amplitudes. A cell that can't beat the best second found so far is left.
    private void Search(int k, long cell, long from, long to, int sign, ref (long Second, double Value) best)
    {
        var start = Math.Max(from, cell * Period(k));
        var end = Math.Min(to, (cell + 1) * Period(k));
        if (start >= end)
        {
            return;
        }

        if (k == 0)
        {
            var value = sign * At(start);
            best = value > best.Value ? (start, value) : best;
            return;
        }

        if (Bound(k, start, end - 1, sign) <= best.Value)
        {
            return;
        }

        // The more promising children first, so that the others are cut.
        var first = cell * 4;
        Span<(double Bound, long Cell)> children = stackalloc (double, long)[4];
        for (var i = 0; i < 4; i++)
        {
            var middle = Math.Clamp(((first + i) * Period(k - 1)) + (Period(k - 1) / 2), start, end - 1);
            children[i] = (-sign * At(middle), first + i);
        }

        children.Sort(static (a, b) => a.Bound.CompareTo(b.Bound));
        foreach (var child in children)
        {
            Search(k - 1, child.Cell, from, to, sign, ref best);
        }
    }

    private double Bound(int k, long first, long last, int sign)
    {
        var bound = finer[k];
        for (var i = 0; i < streams.Length; i++)
        {
            if (i % Octaves >= k)
            {
                bound += Math.Max(sign * Octave(i, first), sign * Octave(i, last));
            }
        }

        return bound;
    }

    private double Octave(int i, long second)
    {
        var period = Period(i % Octaves);
        var cell = FloorDiv(second, period);
        var left = (2 * Hash.Unit(streams[i], cell)) - 1;
        var within = second - (cell * period);
        if (within == 0)
        {
            return amplitudes[i] * left;
        }

        var right = (2 * Hash.Unit(streams[i], cell + 1)) - 1;
        var x = (double)within / period;
        return amplitudes[i] * (left + ((right - left) * x * x * (3 - (2 * x))));
    }

    private static long Period(int k) => 1L << (2 * k);

    private static long FloorDiv(long value, long divisor) => (value >= 0 ? value : value - divisor + 1) / divisor;
}
