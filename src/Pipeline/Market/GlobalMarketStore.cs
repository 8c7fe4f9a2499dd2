using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// The whole market by currency, and what is said of it in none: the newest by the provider's own time wins, a late one never goes back.
/// The figures are no records of their own: they come with the currencies of their reply and are not counted.
/// </summary>
public sealed class GlobalMarketStore(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly LatestTable<GlobalMarket> Table = new(
        "market.global_markets",
        [LatestColumn<GlobalMarket>.Text("currency", market => market.Currency)],
        [
            LatestColumn<GlobalMarket>.Number("market_cap", market => market.MarketCap),
            LatestColumn<GlobalMarket>.Number("volume_24h", market => market.Volume24h),
        ],
        LatestColumn<GlobalMarket>.Time("time", market => market.Time));

    private const string WriteFigures = """
        INSERT INTO market.global_figures AS stored
            (active_cryptocurrencies, upcoming_icos, ongoing_icos, ended_icos, markets, market_cap_percentage, market_cap_change_24h_usd,
             volume_change_24h_usd, time_ns, time_digits, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (only_row) DO UPDATE SET
            active_cryptocurrencies = excluded.active_cryptocurrencies, upcoming_icos = excluded.upcoming_icos,
            ongoing_icos = excluded.ongoing_icos, ended_icos = excluded.ended_icos, markets = excluded.markets,
            market_cap_percentage = excluded.market_cap_percentage, market_cap_change_24h_usd = excluded.market_cap_change_24h_usd,
            volume_change_24h_usd = excluded.volume_change_24h_usd, time_ns = excluded.time_ns, time_digits = excluded.time_digits,
            received_at = excluded.received_at
        WHERE stored.time_ns <= excluded.time_ns
        """;

    private const string ReadFigures = """
        SELECT active_cryptocurrencies, upcoming_icos, ongoing_icos, ended_icos, markets, market_cap_percentage, market_cap_change_24h_usd,
            volume_change_24h_usd, time_ns, time_digits
        FROM market.global_figures
        """;

    private readonly LatestStore<GlobalMarket> _store = new(
        database, time, "global", Table, market => market.Currency, Refusal, market => market.Time);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<GlobalMarket> markets, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken) =>
        _store.AppendAsync(markets, receivedAt, progress, cancellationToken, rows => Figures(rows, receivedAt));

    /// <summary>Every currency, in their order, each with the figures of the whole market; empty before the first reply.</summary>
    public async Task<IReadOnlyList<GlobalMarket>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ReadFigures));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"{Table.Select} ORDER BY currency"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var figures = await reader.ReadAsync(cancellationToken)
            ? new GlobalFigures(
                reader.LongOrNull(0), reader.LongOrNull(1), reader.LongOrNull(2), reader.LongOrNull(3), reader.LongOrNull(4),
                reader.TextOrNull(5), reader.NumberOrNull(6), reader.NumberOrNull(7))
            : null;
        await reader.NextResultAsync(cancellationToken);
        var markets = new List<GlobalMarket>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var at = new ProviderTime(reader.GetInt64(3), reader.GetInt16(4));
            markets.Add(new GlobalMarket(reader.GetString(0), reader.NumberOrNull(1), reader.NumberOrNull(2), at) { Figures = figures });
        }

        return markets;
    }

    private static Refusal? Refusal(GlobalMarket market) =>
        market.Time is null
            ? new Refusal(RefusalCode.MissingField, "A market without the provider's time can't be placed among others.", "$.time")
        : !StorableText.Holds(market.Currency) ? StorableText.Refusal("$.currency")
        : null;

    private static IEnumerable<NpgsqlBatchCommand> Figures(IReadOnlyList<GlobalMarket> rows, DateTimeOffset receivedAt)
    {
        if (rows.Where(row => row.Figures is not null).MaxBy(row => row.Time.GetValueOrDefault()) is not { Figures: { } figures } newest)
        {
            yield break;
        }

        var command = new NpgsqlBatchCommand(WriteFigures);
        var parameters = command.Parameters;
        foreach (var count in new[]
            { figures.ActiveCryptocurrencies, figures.UpcomingIcos, figures.OngoingIcos, figures.EndedIcos, figures.Markets })
        {
            parameters.AddOptional(count);
        }

        parameters.AddText(figures.MarketCapPercentage);
        parameters.AddOptional(figures.MarketCapChangePercentage24hUsd);
        parameters.AddOptional(figures.VolumeChangePercentage24hUsd);
        parameters.AddValue(newest.Time.GetValueOrDefault().UnixNanoseconds);
        parameters.AddValue((short)newest.Time.GetValueOrDefault().Digits);
        parameters.AddTime(receivedAt);
        yield return command;
    }
}
