using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Makes the candles of what is stored of one pair by now, because somebody waits for them: beside the recomputing behind the
/// writers, which may be on its way or falling behind.</summary>
public sealed class CandleCatchUp(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const int MostRuns = 200;

    private readonly CandleBuilder _builder = new(database, time);

    // Waits for whoever is at a run of the pair: a run that he has made is gone then, one that he could not make is still there.
    private const string Left = """
        SELECT from_minute FROM market.touched_minutes WHERE exchange_id = $1 AND currency_pair_no = $2 FOR UPDATE
        """;

    /// <summary>Returns when no minute of the pair that was written before the call waits for its candle.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; what was made by then is stored.</exception>
    public async Task RunAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        if (await pairs.FindAsync(exchange, pair, cancellationToken).ConfigureAwait(false) is not { } numbers)
        {
            return;
        }

        while (await IsBehindAsync(numbers, cancellationToken).ConfigureAwait(false))
        {
            await _builder.BuildAsync(MostRuns, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsBehindAsync(PairNumbers numbers, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Left);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null;
    }
}
