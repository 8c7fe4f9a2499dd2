using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Which followed books can't be relied on, kept where nodes that follow none can see it.</summary>
public sealed class BookResyncs(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const string Begin = """
        INSERT INTO market.order_book_resyncs (exchange_id, currency_pair_no, since, reason) VALUES ($1, $2, $3, $4)
        ON CONFLICT (exchange_id, currency_pair_no) DO NOTHING
        """;

    private const string End = "DELETE FROM market.order_book_resyncs WHERE exchange_id = $1 AND currency_pair_no = $2";

    private const string EndAll = """
        DELETE FROM market.order_book_resyncs WHERE exchange_id = (SELECT exchange_id FROM market.exchanges WHERE name = $1)
        """;

    /// <summary>The pair's book is resyncing; where it was already, the first reason stays.</summary>
    public async Task BeginAsync(string exchange, string pair, string reason, CancellationToken cancellationToken)
    {
        await using var command = await CommandAsync(Begin, exchange, pair, cancellationToken);
        command.Parameters.AddTime(time.GetUtcNow());
        command.Parameters.AddValue(StorableText.Clean(reason, StorableText.LongestMessage));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The pair's book is valid again.</summary>
    public async Task EndAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        await using var command = await CommandAsync(End, exchange, pair, cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>No book of the exchange is followed any more: what is stored speaks for its own time alone.</summary>
    public async Task EndAllAsync(string exchange, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(EndAll);
        command.Parameters.AddValue(exchange);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<NpgsqlCommand> CommandAsync(string sql, string exchange, string pair, CancellationToken cancellationToken)
    {
        var numbers = await pairs.GetOrCreateAsync(exchange, pair, cancellationToken);
        var command = database.CreateCommand(sql);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        return command;
    }
}
