using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// The rows of a query, a page of them in memory. Each has a cursor of its own, so several are read side by side in one transaction and so
/// in one snapshot.
/// </summary>
internal sealed class RowStream<T>
    where T : class
{
    private const int PageSize = 1000;

    private readonly NpgsqlConnection connection;
    private readonly string name;
    private readonly Func<NpgsqlDataReader, T> read;
    private readonly Queue<T> page = new();

    private RowStream(NpgsqlConnection connection, string name, Func<NpgsqlDataReader, T> read) =>
        (this.connection, this.name, this.read) = (connection, name, read);

    /// <summary>Null: there are no more.</summary>
    public T? Current { get; private set; }

    /// <summary>Opens it and reads the first.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="name">Of the cursor, used once in the transaction.</param>
    /// <param name="sql">In the order in which the rows come.</param>
    /// <param name="read">Makes a row; doesn't throw for what may stand in it.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<RowStream<T>> OpenAsync(
        NpgsqlConnection connection, string name, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var declare = new NpgsqlCommand($"DECLARE {name} NO SCROLL CURSOR FOR {sql}", connection) { CommandTimeout = 0 };
        await declare.ExecuteNonQueryAsync(cancellationToken);
        var stream = new RowStream<T>(connection, name, read);
        await stream.NextAsync(cancellationToken);
        return stream;
    }

    public async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        if (page.Count == 0)
        {
            await using var fetch = new NpgsqlCommand($"FETCH {PageSize} FROM {name}", connection) { CommandTimeout = 0 };
            await using var rows = await fetch.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                page.Enqueue(read(rows));
            }
        }

        Current = page.TryDequeue(out var row) ? row : null;
    }
}
