using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>One stored document.</summary>
/// <param name="Time">The provider's own; null where it stated none.</param>
/// <param name="ReceivedAt">When the provider last said so, in these words or before in others.</param>
public sealed record StoredDocument(string Json, ProviderTime? Time, DateTimeOffset ReceivedAt);

/// <summary>Replies that are kept whole, by dataset and name: the newest arrival wins.</summary>
public sealed class CoinDocumentStore(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly LatestTable<CoinDocument> Table = new(
        "market.coin_documents",
        [
            LatestColumn<CoinDocument>.Text("dataset", document => document.Dataset),
            LatestColumn<CoinDocument>.Text("name", document => document.Name),
        ],
        [
            LatestColumn<CoinDocument>.Text("content", document => document.Json),
            .. LatestColumn<CoinDocument>.Time("time", document => document.Time),
        ],
        ordered: null);

    /// <summary>What was said again in the same words is as new as what was said anew.</summary>
    private const string SaidAgain = """
        UPDATE market.coin_documents stored SET received_at = $3
        FROM unnest($1, $2) AS said (dataset, name)
        WHERE stored.dataset = said.dataset AND stored.name = said.name AND stored.received_at < $3
        """;

    private const string Read =
        "SELECT content, time_ns, time_digits, received_at FROM market.coin_documents WHERE dataset = $1 AND name = $2";

    private readonly LatestStore<CoinDocument> _store = new(
        database, time, "coin_documents", Table, document => $"{document.Dataset}/{document.Name}", Refusal, _ => null);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<CoinDocument> documents, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken) =>
        _store.AppendAsync(documents, receivedAt, progress, cancellationToken, rows => [SaidAgainAt(receivedAt, rows)]);

    /// <summary>Null where nothing is stored under the name.</summary>
    public async Task<StoredDocument?> ReadAsync(string dataset, string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Read);
        command.Parameters.AddValue(dataset);
        command.Parameters.AddValue(name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new StoredDocument(
                reader.GetString(0), reader.LongOrNull(1) is { } at ? new ProviderTime(at, reader.GetInt16(2)) : null,
                new DateTimeOffset(reader.GetDateTime(3)))
            : null;
    }

    private static NpgsqlBatchCommand SaidAgainAt(DateTimeOffset receivedAt, IReadOnlyList<CoinDocument> rows)
    {
        var command = new NpgsqlBatchCommand(SaidAgain);
        command.Parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Dataset)]);
        command.Parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Name)]);
        command.Parameters.AddTime(receivedAt);
        return command;
    }

    private static Refusal? Refusal(CoinDocument document) =>
        StorableText.Holds(document.Name) ? null : StorableText.Refusal("$.name");
}
