using System.Numerics;
using AkkaCrypto.Actors.Ledger.Audit;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>One bit of one column of one entry, flipped; a null becomes something.</summary>
internal sealed record EntryFlip(Guid Wallet, long Version, string Column, object Value, string Sql)
{
    /// <summary>Past this a time is none that PostgreSQL can keep.</summary>
    private const int BitsOfTime = 58;

    public static async Task<IEnumerable<string>> ColumnsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            SELECT array_agg(column_name::text ORDER BY column_name COLLATE "C") FROM information_schema.columns
            WHERE table_schema = 'ledger' AND table_name = 'entries'
            """);
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    public static async Task<EntryFlip> AnyAsync(NpgsqlDataSource database, string column, Random random)
    {
        var asked = column == "time" ? "(extract(epoch FROM time) * 1000000)::bigint" : column;
        await using var command = database.CreateCommand(
            $"SELECT wallet_id, version, {asked} FROM ledger.entries ORDER BY md5(wallet_id::text || version || $1) LIMIT 1");
        command.Parameters.Add(new() { Value = random.Next() });
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        var (wallet, version) = (row.GetGuid(0), row.GetInt64(1));
        var value = Flipped(row, column, random);
        var set = column == "time"
            ? "'epoch'::timestamptz + make_interval(secs => div($1::numeric, 1000000)::float8)"
                + " + mod($1::numeric, 1000000)::int * interval '1 microsecond'"
            : "$1";
        return new(wallet, version, column, value,
            $"UPDATE ledger.entries SET {column} = {set} WHERE wallet_id = '{wallet}' AND version = {version}");
    }

    /// <summary>Where the entry is looked for: where it was, or where it has come to.</summary>
    public bool IsNamedBy(IEnumerable<LedgerFinding> findings) => Column switch
    {
        // An entry that isn't in its place leaves a gap there; in a commit of another number one entry is missing and another too many.
        "wallet_id" or "version" or "commit_no" or "shard" => findings.Any(),
        _ => findings.First() is { Wallet: { } wallet, Version: { } version } && (wallet, version) == (Wallet, Version),
    };

    private static object Flipped(NpgsqlDataReader row, string column, Random random)
    {
        if (row.IsDBNull(2))
        {
            return column switch { "reference" => "x", "refund_of" or "hold_ends" => random.NextInt64(), _ => Guid.NewGuid() };
        }

        return row.GetDataTypeName(2) switch
        {
            "numeric(38)" => row.GetFieldValue<BigInteger>(2) ^ (BigInteger.One << random.Next(62)),
            "bigint" => row.GetInt64(2) ^ (1L << random.Next(column == "time" ? BitsOfTime : 63)),
            "smallint" => (short)(row.GetInt16(2) ^ (1 << random.Next(15))),
            "boolean" => !row.GetBoolean(2),
            "uuid" => new Guid(FlippedBytes(row.GetGuid(2).ToByteArray(), 8, random)),
            "text" => System.Text.Encoding.UTF8.GetString(FlippedText(row.GetString(2), random)),
            "bytea" => FlippedBytes(row.GetFieldValue<byte[]>(2), 8, random),
            var other => throw new NotSupportedException(other),
        };
    }

    /// <summary>A low bit of an ASCII character, so that it stays text.</summary>
    private static byte[] FlippedText(string text, Random random) =>
        FlippedBytes(System.Text.Encoding.UTF8.GetBytes(text[..1]), 4, random)
            .Concat(System.Text.Encoding.UTF8.GetBytes(text[1..])).ToArray();

    private static byte[] FlippedBytes(byte[] bytes, int bits, Random random)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(bits));
        return bytes;
    }
}
