using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using Npgsql;
using StackExchange.Redis;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>
/// A mutation as it is usually guarded: a lock in Redis (SET NX PX, tried again until it is had), a transaction with SELECT … FOR UPDATE,
/// a release by a script that compares the token. The same tables, constraints, hash chain and idempotency key as the ledger's own, in as
/// few round trips as that allows. Each caller has its own account of the world, so that nothing but the wallet is contended.
/// </summary>
internal sealed class PeersWay(NpgsqlDataSource database, IDatabase redis, TimeProvider time)
{
    private const int LockMilliseconds = 10_000;

    private const string Release =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

    private const string Lock = "SELECT id FROM ledger.wallets WHERE id = ANY($1) ORDER BY id FOR UPDATE";

    /// <summary>A statement of its own, for only then it sees what was committed before the lock was had.</summary>
    private const string Read = "SELECT id, version, balance, hash FROM ledger.balances WHERE id = ANY($1)";

    private const string InsertEntries = """
        INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id,
            counterparty, currency, hash)
        VALUES ($1, $2, $3, $4, 0, $5, 0, $6, $7, $8, 0, $9, $10, 'USD', $11), ($12, $13, $3, $4, 0, $14, 0, $6, $15, $16, 0, $9, $17, 'USD', $18)
        """;

    private const string InsertKey = """
        INSERT INTO ledger.request_keys (digest, fingerprint, created_at, wallet_id, version) VALUES ($1, $2, $3, $4, $5)
        """;

    private long commits;

    /// <summary>Opens an account of the world, as a commit of its own.</summary>
    public async Task OpenAccountAsync(Guid id, CancellationToken cancellationToken)
    {
        var entry = new Entry(
            id, 0, EntryKind.Settlement, WalletStatus.Open, Contra.World, 0, 0, 0, "USD", id, null, null, null, null, time.GetUtcNow(), []);
        var hash = entry.HashOf([]);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        AddAll(
            Add(batch, """
                INSERT INTO ledger.wallets (id, overdraft, kind, decimals, shard, currency, tenant) VALUES ($1, 0, 1, 0, 0, 'USD', '')
                """),
            id);
        AddAll(
            Add(batch, """
                INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held,
                    operation_id, currency, hash) VALUES ($1, 0, $2, 0, 0, 14, 0, false, 0, 0, 0, $1, 'USD', $3)
                """),
            id, entry.Time.UtcDateTime, hash);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Moves money from one row to another, under the locks of those that others want too.</summary>
    /// <returns>The body of the answer.</returns>
    public async Task<string> MoveAsync(Guid from, Guid to, bool isDirect, RequestKey key, Random random, CancellationToken cancellationToken)
    {
        // In one order, so that two transfers never wait for each other.
        Guid[] locked = isDirect ? from.CompareTo(to) < 0 ? [from, to] : [to, from] : [to];
        var token = (RedisValue)Guid.NewGuid().ToString("N");
        foreach (var wallet in locked)
        {
            await LockAsync(wallet, token, random, cancellationToken);
        }

        try
        {
            return await WriteAsync(from, to, isDirect, key, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(locked.Select(wallet => redis.ScriptEvaluateAsync(Release, [LockKey(wallet)], [token])));
        }
    }

    private static RedisKey LockKey(Guid wallet) => $"lock:wallet:{wallet:N}";

    private static NpgsqlParameterCollection Add(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }

    private static void AddAll(NpgsqlParameterCollection parameters, params object[] values)
    {
        foreach (var value in values)
        {
            parameters.Add(new NpgsqlParameter { Value = value });
        }
    }

    private async Task LockAsync(Guid wallet, RedisValue token, Random random, CancellationToken cancellationToken)
    {
        while (!await redis.StringSetAsync(LockKey(wallet), token, TimeSpan.FromMilliseconds(LockMilliseconds), When.NotExists))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 6)), time, cancellationToken);
        }
    }

    private async Task<string> WriteAsync(Guid from, Guid to, bool isDirect, RequestKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var rows = new Dictionary<Guid, Row>();
        await using (var read = new NpgsqlBatch(connection, transaction))
        {
            AddAll(Add(read, Lock), new[] { from, to });
            AddAll(Add(read, Read), new[] { from, to });
            await using var reader = await read.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(reader.GetGuid(0), new(reader.GetInt64(1), reader.GetDecimal(2), reader.GetFieldValue<byte[]>(3)));
            }
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        var answer = AddWrites(batch, from, to, isDirect, rows, key);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return answer;
    }

    private string AddWrites(NpgsqlBatch batch, Guid from, Guid to, bool isDirect, Dictionary<Guid, Row> rows, RequestKey key)
    {
        var ticks = time.GetUtcNow().UtcTicks;
        var now = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        var contra = isDirect ? Contra.Direct : Contra.World;
        Entry EntryOf(Guid wallet, EntryKind kind, int amount, Guid? other)
        {
            var (version, balance, hash) = rows[wallet];
            var entry = new Entry(
                wallet, version + 1, kind, WalletStatus.Open, contra, amount, (Int128)balance + amount, 0, "USD", key.Digest, null, other,
                null, null, now, []);
            return entry with { Hash = entry.HashOf(hash) };
        }

        var paid = EntryOf(from, isDirect ? EntryKind.TransferOut : EntryKind.Settlement, -1, to);
        var received = EntryOf(to, isDirect ? EntryKind.TransferIn : EntryKind.Deposit, 1, from);
        var answer = $$"""{"id":"{{key.Digest}}","entry_id":"{{received.Version}}","balance":"{{Amount.Format(received.Balance, 2)}}","available":"{{Amount.Format(received.Balance, 2)}}","held":"0","version":{{received.Version}},"state":"open"}""";
        AddAll(Add(batch, InsertKey), key.Digest, key.Fingerprint, now.UtcDateTime, received.Wallet, received.Version);
        AddAll(
            Add(batch, InsertEntries), paid.Wallet, paid.Version, now.UtcDateTime, Interlocked.Increment(ref commits), (short)paid.Kind,
            isDirect, (decimal)paid.Amount, (decimal)paid.Balance, key.Digest, to, paid.Hash, received.Wallet, received.Version,
            (short)received.Kind, (decimal)received.Amount, (decimal)received.Balance, from, received.Hash);
        return answer;
    }

    private sealed record Row(long Version, decimal Balance, byte[] Hash);
}
