namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// Randomness without state: the same seed, stream and index give the same bits, whoever asks and in whatever order. The mixing is
/// SplitMix64's finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
/// </summary>
internal static class Hash
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public static ulong Bits(ulong stream, long index) => Mix(stream + (unchecked((ulong)index + 1) * GoldenGamma));

    /// <summary>Uniform in [0, 1).</summary>
    public static double Unit(ulong stream, long index) => (Bits(stream, index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="bound"/>).</summary>
    public static int Below(ulong stream, long index, int bound) => (int)(Bits(stream, index) % (uint)bound);

    /// <summary>A stream of its own for each name (FNV-1a over the characters, mixed with the parent).</summary>
    public static ulong Stream(ulong parent, string name)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return Mix(parent ^ hash);
    }
}
