using AkkaCrypto.Pipeline.Market;
using Npgsql;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>
/// The limit: bytes that are in COPY's binary format already, sent in one COPY. Nothing is encoded while the clock runs; what is measured
/// is the server taking rows into the same table and the same indexes.
/// </summary>
internal static class RawCopy
{
    private const int ChunkBytes = 128 * 1024;

    private const string Into = """
        COPY market.trades (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity)
        FROM STDIN (FORMAT BINARY)
        """;

    /// <summary>The stored rows of one pair as COPY's own bytes, numbered as another pair.</summary>
    public static async Task<byte[]> EncodeAsync(NpgsqlDataSource database, PairNumbers from, PairNumbers asPair,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // COPY takes no parameters; both values are numbers.
        await using var rows = await connection.BeginRawBinaryCopyAsync(
            $"""
            COPY (
                SELECT time_ns, received_at, {asPair.CurrencyPairNo}::integer, exchange_id, taker_side, time_digits, trade_id, price, quantity
                FROM market.trades WHERE currency_pair_no = {from.CurrencyPairNo} ORDER BY trade_id)
            TO STDOUT (FORMAT BINARY)
            """, cancellationToken);
        using var bytes = new MemoryStream();
        await rows.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    public static async Task WriteAsync(NpgsqlDataSource database, byte[] rows, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginRawBinaryCopyAsync(Into, cancellationToken);
        for (var at = 0; at < rows.Length; at += ChunkBytes)
        {
            await copy.WriteAsync(rows.AsMemory(at, Math.Min(ChunkBytes, rows.Length - at)), cancellationToken);
        }
    }
}
