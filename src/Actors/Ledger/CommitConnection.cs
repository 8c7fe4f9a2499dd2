using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// A connection that a shard keeps for its commits. Nothing of a commit outlives its transaction, so it needs no reset between two of
/// them, as one from the pool does.
/// </summary>
internal sealed class CommitConnection(NpgsqlConnection connection) : IAsyncDisposable
{
    private readonly NpgsqlBatch batch = connection.CreateBatch();
    private readonly Dictionary<(string Sql, bool AreNarrow), CommitStatement> statements = [];

    /// <summary>Begins the next commit: what the last one said is forgotten.</summary>
    public void Begin() => batch.BatchCommands.Clear();

    /// <summary>Adds a statement to the commit, once.</summary>
    /// <param name="sql">What is executed.</param>
    /// <param name="areNarrow">What its amounts go as, see <see cref="LedgerColumns.AddAmounts"/>: a statement's parameters never change
    /// their types.</param>
    /// <returns>It takes its parameters in their order.</returns>
    public CommitStatement Add(string sql, bool areNarrow = true)
    {
        if (!statements.TryGetValue((sql, areNarrow), out var statement))
        {
            statements.Add((sql, areNarrow), statement = new CommitStatement(sql, areNarrow));
        }

        statement.Begin();
        batch.BatchCommands.Add(statement.Command);
        return statement;
    }

    /// <summary>Sends all of it as one message: one implicit transaction.</summary>
    public Task SendAsync(CancellationToken cancellationToken) => batch.ExecuteNonQueryAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await batch.DisposeAsync();
        await connection.DisposeAsync();
    }
}

/// <summary>One statement of a connection's commits. It keeps its parameters, for making and resolving them anew was a twentieth of what a
/// small commit cost this process.</summary>
internal sealed class CommitStatement(string sql, bool areNarrow)
{
    private int given;

    public NpgsqlBatchCommand Command { get; } = new(sql);

    /// <summary>Whether its amounts go as <c>bigint</c>.</summary>
    public bool AreNarrow => areNarrow;

    /// <summary>The parameters are given anew, from the first.</summary>
    public void Begin() => given = 0;

    public void AddValue<T>(T value) => Give(value, type: null);

    /// <summary>A column of values for <c>unnest</c>.</summary>
    public void AddColumn<T>(NpgsqlDbType element, T[] values) => Give(values, NpgsqlDbType.Array | element);

    private void Give<T>(T value, NpgsqlDbType? type)
    {
        var parameters = Command.Parameters;
        if (given == parameters.Count)
        {
            var added = new NpgsqlParameter<T>();
            if (type is { } column)
            {
                added.NpgsqlDbType = column;
            }

            parameters.Add(added);
        }

        ((NpgsqlParameter<T>)parameters[given++]).TypedValue = value;
    }
}
