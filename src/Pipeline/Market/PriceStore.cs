using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Latest prices: the newest by the provider's own time wins, a late one never goes back. Of equal times the newest arrival wins. Of
/// several prices of one batch for one asset and currency only the winner is written, the others are skipped. A null price is stored: the
/// provider says that it knows none. A price without a time can't be placed and is rejected.
/// </summary>
public sealed class PriceStore(NpgsqlDataSource database, TimeProvider time)
{
    private const string Dataset = "simple_price";

    // A row that was made by this statement has no deleting transaction (xmax 0); an updated one carries this transaction's lock. What
    // was written is told to the commit log.
    private const string Upsert = """
        WITH written AS (
            INSERT INTO market.simple_prices AS stored
                (asset, currency, price, market_cap, volume_24h, change_24h, time_ns, time_digits, received_at)
            SELECT row.*, $9 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS row
            ON CONFLICT (asset, currency) DO UPDATE SET
                price = excluded.price, market_cap = excluded.market_cap, volume_24h = excluded.volume_24h,
                change_24h = excluded.change_24h, time_ns = excluded.time_ns, time_digits = excluded.time_digits,
                received_at = excluded.received_at
            WHERE stored.time_ns < excluded.time_ns
                OR (stored.time_ns = excluded.time_ns AND stored.received_at <= excluded.received_at
                    AND (stored.price, stored.market_cap, stored.volume_24h, stored.change_24h)
                        IS DISTINCT FROM (excluded.price, excluded.market_cap, excluded.volume_24h, excluded.change_24h))
            RETURNING stored.asset, stored.currency, stored.xmax = 0 AS is_new),
        told AS (INSERT INTO market.unplaced_prices (asset, currency) SELECT asset, currency FROM written)
        SELECT is_new FROM written
        """;

    private const string Read = """
        SELECT asset, currency, price, market_cap, volume_24h, change_24h, time_ns, time_digits
        FROM market.simple_prices WHERE asset = ANY ($1) AND currency = ANY ($2)
        """;

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<AssetPrice> prices, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken)
    {
        var rejected = Rejected(prices, receivedAt, progress);
        var rows = Newest(prices);
        return BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            var (inserted, revised) = await RowsAndEnd.RunAsync(
                connection, rows.Count == 0 ? [] : [UpsertCommand(rows, receivedAt)], rejected, new BatchEnd(progress, time.GetUtcNow()),
                    stop);
            var skipped = prices.Count - rejected.Count - inserted - revised;
            return new IngestCounts(prices.Count, inserted, skipped, Differing: 0, revised, rejected.Count);
        }
    }

    /// <summary>What is stored of the product of the two lists, in no order.</summary>
    public async Task<IReadOnlyList<AssetPrice>> ReadAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Read);
        return await PriceRows.ReadAsync(command, assets, currencies, cancellationToken);
    }

    private static List<DeadLetter> Rejected(
        IReadOnlyList<AssetPrice> prices, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress) =>
    [
        .. prices.Select(price => (Price: price, Refusal: Refusal(price)))
            .Where(of => of.Refusal is not null).Select(of => RecordLetters.Rejected(
            of.Price, new SeriesKey(RecordLetters.Provider(progress), Dataset, $"{of.Price.Asset}/{of.Price.Currency}"), of.Refusal!,
                receivedAt)),
    ];

    private static Refusal? Refusal(AssetPrice price) =>
        price.Time is null ? new Refusal(RefusalCode.MissingField, "A price without the provider's time can't be placed among others.",
            "$.time")
        : !StorableText.Holds(price.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(price.Currency) ? StorableText.Refusal("$.currency")
        : null;

    /// <summary>One price for each key, in the order of the key, so that writers that meet wait in one order.</summary>
    private static List<AssetPrice> Newest(IReadOnlyList<AssetPrice> prices)
    {
        var newest = new Dictionary<(string Asset, string Currency), AssetPrice>();
        foreach (var price in prices.Where(price => Refusal(price) is null))
        {
            var key = (price.Asset, price.Currency);
            if (!newest.TryGetValue(key, out var known) || known.Time.GetValueOrDefault() <= price.Time.GetValueOrDefault())
            {
                newest[key] = price;
            }
        }

        return [.. newest.Values
            .OrderBy(price => price.Asset, StringComparer.Ordinal).ThenBy(price => price.Currency, StringComparer.Ordinal)];
    }

    private static NpgsqlBatchCommand UpsertCommand(List<AssetPrice> rows, DateTimeOffset receivedAt)
    {
        var command = new NpgsqlBatchCommand(Upsert);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Asset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Currency)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Price)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.MarketCap)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Volume24h)]);
        parameters.AddColumn(NpgsqlDbType.Numeric, [.. rows.Select(row => row.Change24h)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Time.GetValueOrDefault().UnixNanoseconds)]);
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => (short)row.Time.GetValueOrDefault().Digits)]);
        parameters.AddTime(receivedAt);
        return command;
    }
}
