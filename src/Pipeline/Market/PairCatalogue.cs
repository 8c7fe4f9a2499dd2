using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The numbers of an exchange and a pair on it.</summary>
public readonly record struct PairNumbers(short ExchangeId, int CurrencyPairNo);

/// <summary>
/// Exchanges and currency pairs with their numbers: kept in memory once known, created on first use. Memory holds at most
/// <see cref="MostRemembered"/> pairs (numbers never change, so nothing is ever dropped); the pairs past it are asked of the database each
/// time.
/// </summary>
public sealed class PairCatalogue(NpgsqlDataSource database)
{
    private const int MostRemembered = 20_000;

    private const string FindNumbers = """
        SELECT exchange_id, currency_pair_no FROM market.exchanges JOIN market.currency_pairs USING (exchange_id) WHERE name = $1 AND pair = $2
        """;

    private const string List = """
        SELECT name, pair FROM market.exchanges JOIN market.currency_pairs USING (exchange_id)
        ORDER BY name COLLATE "C", pair COLLATE "C"
        """;

    // An insert that meets a conflict waits for the other writer and still draws a number, so it is only tried where nothing is visible
    // yet.
    private const string CreateExchange = """
        INSERT INTO market.exchanges (name) SELECT $1 WHERE NOT EXISTS (SELECT FROM market.exchanges WHERE name = $1)
        ON CONFLICT (name) DO NOTHING
        """;

    private const string CreatePair = """
        INSERT INTO market.currency_pairs (exchange_id, pair)
        SELECT exchange_id, $2 FROM market.exchanges
        WHERE name = $1 AND NOT EXISTS (SELECT FROM market.currency_pairs p WHERE p.exchange_id = exchanges.exchange_id AND p.pair = $2)
        ON CONFLICT (exchange_id, pair) DO NOTHING
        """;

    private readonly ConcurrentDictionary<(string Exchange, string Pair), PairNumbers> remembered = new();

    /// <summary>Whether a provider's names can have numbers: an exchange of 1 to 32 ticker characters or hyphens, a pair as
    /// <see cref="CurrencyPair"/> says.</summary>
    public static bool CanHold(string exchange, string pair) =>
        CurrencyPair.IsTicker(exchange.Replace('-', '_')) && CurrencyPair.TryParse(pair, out _);

    /// <summary>The numbers, created where they are new. Safe under concurrency over any number of processes.</summary>
    /// <exception cref="ArgumentException">Names that <see cref="CanHold"/> refuses.</exception>
    public async Task<PairNumbers> GetOrCreateAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        if (await FindAsync(exchange, pair, cancellationToken) is { } known)
        {
            return known;
        }

        if (!CanHold(exchange, pair))
        {
            throw new ArgumentException($"'{exchange}' '{pair}' are not an exchange and a pair like 'coinone' 'btc-krw'.", nameof(pair));
        }

        await CreateAsync(exchange, pair, cancellationToken);
        return await FindAsync(exchange, pair, cancellationToken)
            ?? throw new InvalidOperationException(
                $"The pair {pair} of {exchange} vanished while it was created; numbers are never deleted.");
    }

    /// <summary>The numbers, or null where nothing was ever stored for the pair.</summary>
    public async Task<PairNumbers?> FindAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        if (remembered.TryGetValue((exchange, pair), out var known))
        {
            return known;
        }

        if (!CanHold(exchange, pair))
        {
            return null;
        }

        await using var command = database.CreateCommand(FindNumbers);
        command.Parameters.AddValue(exchange);
        command.Parameters.AddValue(pair);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var numbers = new PairNumbers(reader.GetInt16(0), reader.GetInt32(1));
        if (remembered.Count < MostRemembered)
        {
            remembered.TryAdd((exchange, pair), numbers);
        }

        return numbers;
    }

    /// <summary>All that have numbers, by exchange and pair.</summary>
    public async Task<IReadOnlyList<(string Exchange, string Pair)>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(List);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var pairs = new List<(string Exchange, string Pair)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            pairs.Add((reader.GetString(0), reader.GetString(1)));
        }

        return pairs;
    }

    private async Task CreateAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var createExchange = new NpgsqlBatchCommand(CreateExchange);
        createExchange.Parameters.AddValue(exchange);
        batch.BatchCommands.Add(createExchange);
        var createPair = new NpgsqlBatchCommand(CreatePair);
        createPair.Parameters.AddValue(exchange);
        createPair.Parameters.AddValue(pair);
        batch.BatchCommands.Add(createPair);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
