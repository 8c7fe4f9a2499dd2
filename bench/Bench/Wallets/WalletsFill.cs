using Npgsql;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>Older entries of other wallets, and keys of a busy day, by the server itself and past the checks.</summary>
internal static class WalletsFill
{
    private const int Sessions = 2;

    public static async Task RunAsync(NpgsqlDataSource database, int rows, CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => FillAsync(database, rows / Sessions, session, cancellationToken)));
        await using var checkpoint = database.CreateCommand("CHECKPOINT");
        checkpoint.CommandTimeout = 600;
        await checkpoint.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task FillAsync(NpgsqlDataSource database, int rows, int session, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var fill = new NpgsqlCommand($"""
            SET session_replication_role = replica;
            INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id,
                currency, hash)
            SELECT md5('{session}-' || w)::uuid, v, now(), v, 0, 1, 0, false, 1, v, 0, md5('{session}-' || w)::uuid, 'USD', '\x{new string('0', 64)}'
            FROM generate_series(1, {rows / 1000}) w, generate_series(0, 999) v;
            RESET session_replication_role
            """, connection)
        {
            CommandTimeout = 1200,
        };
        await fill.ExecuteNonQueryAsync(cancellationToken);
    }
}
