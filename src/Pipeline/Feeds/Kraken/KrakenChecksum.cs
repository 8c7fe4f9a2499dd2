using System.Globalization;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// Kraken's checksum of a book: the CRC-32 (IEEE 802.3) of the ten best asks and then the ten best bids, each level as the digits of its
/// price and of its quantity, without the point and the zeros before the first other digit. The digits are those that were sent, with the
/// zeros at their end: a level's decimals must keep their scale (docs.kraken.com/api/docs/guides/spot-ws-book-v2).
/// </summary>
internal static class KrakenChecksum
{
    private const int Levels = 10;
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>Best levels first on both sides.</summary>
    public static uint Of(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        var crc = uint.MaxValue;
        Add(asks, ref crc);
        Add(bids, ref crc);
        return ~crc;
    }

    private static void Add(IReadOnlyList<BookLevel> side, ref uint crc)
    {
        for (var i = 0; i < side.Count && i < Levels; i++)
        {
            Add(side[i].Price, ref crc);
            Add(side[i].Quantity, ref crc);
        }
    }

    private static void Add(MarketNumber value, ref uint crc)
    {
        if (value.IsZero)
        {
            return;
        }

        Span<byte> digits = stackalloc byte[MarketNumber.MostDigits + 1];
        value.Coefficient.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        foreach (var digit in digits[..count])
        {
            crc = (crc >> 8) ^ Table[(byte)(crc ^ digit)];
        }
    }

    private static uint Entry(int value)
    {
        var entry = (uint)value;
        for (var bit = 0; bit < 8; bit++)
        {
            entry = (entry & 1) == 0 ? entry >> 1 : (entry >> 1) ^ Polynomial;
        }

        return entry;
    }
}
