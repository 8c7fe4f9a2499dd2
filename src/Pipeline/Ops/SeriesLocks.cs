using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Advisory locks by which writers of one revisable series wait for each other until they have committed, over all processes; the next
/// revision's
/// number then can't be drawn twice. Series share <see cref="Stripes"/> locks, which bounds what one batch can take of the server's lock
/// table.
/// </summary>
internal static class SeriesLocks
{
    private const int Stripes = 1024;

    // unnest gives the numbers in the array's order, and the array is sorted: no deadlock.
    private const string Lock = "SELECT FROM (SELECT pg_advisory_xact_lock($1, stripe) FROM unnest($2) AS stripe) locked";

    /// <summary>To be run before the statement that reads what is stored, in the same transaction.</summary>
    /// <param name="space">Of the table, so that tables don't wait for each other.</param>
    public static NpgsqlBatchCommand Take(int space, IEnumerable<string> series)
    {
        var command = new NpgsqlBatchCommand(Lock);
        command.Parameters.AddValue(space);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. series.Distinct().Select(Stripe).Distinct().Order()]);
        return command;
    }

    private static int Stripe(string series) =>
        BinaryPrimitives.ReadUInt16LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(series))) % Stripes;
}
