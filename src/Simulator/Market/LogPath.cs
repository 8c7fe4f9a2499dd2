namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// A random walk that can be read at any second without walking to it: the sum of 15 octaves of value noise whose periods are 4^k seconds
/// (1 s to 8.5 years) and whose amplitudes grow with the square root of the period, as a Brownian motion's do. A reading costs the same for
/// any time. Octaves nest, and one octave is monotone between two of its knots, so the extremes of a span are found by branch and bound.
/// The value is a logarithm, which is why it is a <c>double</c>; it becomes a decimal with fixed digits in <see cref="MarketModel"/>.
/// </summary>
internal sealed partial class LogPath
{
    private const int Octaves = 15;
    private const double SecondsPerYear = 31_556_952;

    // Value noise of amplitude a moves less over its period than a Brownian motion of deviation a; this evens it out.
    private const double AmplitudePerDeviation = 0.7;

    // Powers of two, so that multiplying by one is as exact as dividing by its period.
    private static readonly double[] Frequencies = [.. Enumerable.Range(0, Octaves).Select(k => 1.0 / Period(k))];

    private readonly int parts;
    private readonly ulong[] streams;
    private readonly double[] amplitudes;
    private readonly double[] finer;

    private LogPath(ulong[] streams, double[] amplitudes)
    {
        this.streams = streams;
        this.amplitudes = amplitudes;
        finer = new double[Octaves];
        parts = streams.Length / Octaves;
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
        var knots = parts * Octaves;
        return new ExtremeSearch(this, from, to, sign, stackalloc double[knots], stackalloc double[knots]).Find();
    }

    private double Octave(int i, long second)
    {
        var k = i % Octaves;
        var cell = second >> (2 * k);
        var start = cell << (2 * k);
        var left = Knot(i, cell);
        return amplitudes[i] * (start == second ? left : Between(left, Knot(i, cell + 1), (second - start) * Frequencies[k]));
    }

    private double Knot(int i, long cell) => (2 * Hash.Unit(streams[i], cell)) - 1;

    private static double Between(double left, double right, double x) => left + ((right - left) * x * x * (3 - (2 * x)));

    private static long Period(int k) => 1L << (2 * k);
}
