using System.Numerics;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Columns of rows as arrays for <c>unnest</c>, which unlike COPY goes in one message with the other statements of a commit: its
/// transaction waits for no second one.</summary>
internal static class LedgerColumns
{
    /// <summary>As <c>bigint[]</c> where all fit, which costs a fraction of <c>numeric[]</c>.</summary>
    public static void AddAmounts(this CommitStatement parameters, Int128[] values)
    {
        if (parameters.AreNarrow)
        {
            parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(values, value => (long)value));
        }
        else
        {
            parameters.AddColumn(NpgsqlDbType.Numeric, Array.ConvertAll(values, value => (BigInteger)value));
        }
    }

    public static bool IsNarrow(Int128 value) => value >= long.MinValue && value <= long.MaxValue;

    public static Int128 Amount(this NpgsqlDataReader reader, int column) => (Int128)reader.GetFieldValue<BigInteger>(column);

    public static T? OrNull<T>(this NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
