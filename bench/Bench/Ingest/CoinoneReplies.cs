using System.Globalization;
using System.Text.Json;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>Coinone v2 trade replies of one pair, as the provider sends them: 200 trades each, newest first, the replies in the order of
/// time.</summary>
internal static class CoinoneReplies
{
    private const int TradesOfReply = 200;
    private const long FirstTimeMs = 1_767_225_600_000; // 2026-01-01

    /// <param name="target">Ticker of the traded currency; the quote is krw.</param>
    public static List<byte[]> Generate(string target, int trades, int seed) => [.. Stream(target, trades, seed)];

    /// <summary>The same, each made when it is asked for.</summary>
    public static IEnumerable<byte[]> Stream(string target, int trades, int seed)
    {
        var random = new Random(seed);
        for (var first = 0; first < trades; first += TradesOfReply)
        {
            yield return Reply(target, random, first, Math.Min(TradesOfReply, trades - first));
        }
    }

    private static byte[] Reply(string target, Random random, int first, int count)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("result"u8, "success");
            json.WriteString("error_code"u8, "0");
            json.WriteNumber("server_time"u8, TimeMs(first + count));
            json.WriteString("quote_currency"u8, "krw");
            json.WriteString("target_currency"u8, target);
            json.WriteStartArray("transactions"u8);
            for (var n = first + count - 1; n >= first; n--)
            {
                WriteTrade(json, random, n);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static long TimeMs(int n) => FirstTimeMs + (n * 40L);

    private static void WriteTrade(Utf8JsonWriter json, Random random, int n)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, $"{TimeMs(n)}{n % 1000:D3}");
        json.WriteNumber("timestamp"u8, TimeMs(n));
        json.WriteString("price"u8, (50_000_000m + (random.Next(2_000) * 1_000)).ToString(CultureInfo.InvariantCulture));
        json.WriteString("qty"u8, (random.Next(1, 200_000_000) / 100_000_000m).ToString(CultureInfo.InvariantCulture));
        json.WriteBoolean("is_seller_maker"u8, random.Next(2) == 0);
        json.WriteEndObject();
    }
}
