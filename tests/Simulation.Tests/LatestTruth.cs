using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Compares the latest values, prices and tickers, with what the market said at their own time; and the candles that an exchange
/// gives, revision by revision, with the market's.</summary>
internal static class LatestTruth
{
    private const int SignificantDigits = 16;

    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market) =>
        [await PricesAsync(database, market), await TickersAsync(database, market), await CandlesAsync(database, market)];

    private static async Task<Verdict> PricesAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("prices");
        await using var command = database.CreateCommand(
            "SELECT asset, currency, time_ns / 1000000, price, market_cap, volume_24h FROM market.simple_prices");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (asset, currency) = (Catalogue.Find(reader.GetString(0))!, reader.GetString(1));
            var at = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2));
            var said = new[]
            {
                market.Price(asset, currency, at), market.MarketCap(asset, currency, at), market.Volume24h(asset, currency, at),
            }.Select(value => Digits.Significant(value, SignificantDigits));
            var stored = new[] { reader.GetDecimal(3), reader.GetDecimal(4), reader.GetDecimal(5) };
            verdict.Add(said.SequenceEqual(stored)
                ? null
                : $"{asset.Id}/{currency} {at:u}: {string.Join('/', stored)} where the market has {string.Join('/', said)}");
        }

        return verdict.Verdict;
    }

    /// <summary>The last price is that of the newest trade at the ticker's time. One without a time (Kraken's) was true at some moment
    /// shortly before it came: then it is the price of some trade of the ten seconds before, or of the newest before those.</summary>
    private static async Task<Verdict> TickersAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("tickers");
        await using var command = database.CreateCommand("""
            SELECT e.name, p.pair, t.time_ns / 1000000, t.received_at, t.last, t.high, t.low
            FROM market.tickers t
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no) JOIN market.exchanges e USING (exchange_id)
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (exchange, name, last) = (reader.GetString(0), reader.GetString(1), reader.GetDecimal(4));
            if (exchange is not ("binance" or "bithumb" or "coinbase" or "coinone" or "kraken" or "upbit"))
            {
                continue; // CoinGecko's, of exchanges that have no twin.
            }

            var pair = MarketTruth.PairOf(exchange, name);
            var received = reader.GetFieldValue<DateTimeOffset>(3);
            var said = reader.IsDBNull(2)
                ?
                [
                    .. market.Trades(pair, received.AddSeconds(-10), received).Select(trade => trade.Price),
                    NewestAt(market, pair, received.AddSeconds(-10)),
                ]
                : new List<decimal> { NewestAt(market, pair, DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2))) };
            var isWithin = (reader.IsDBNull(5) || last <= reader.GetDecimal(5)) && (reader.IsDBNull(6) || last >= reader.GetDecimal(6));
            verdict.Add(said.Contains(last) && isWithin
                ? null
                : $"{exchange}/{name}: {last} where the market has {said[0]}, within its own low and high: {isWithin}");
        }

        return verdict.Verdict;
    }

    private static decimal NewestAt(MarketModel market, MarketPair pair, DateTimeOffset at) => market.NewestTrades(pair, at, 1)[0].Price;

    /// <summary>A candle that was over when it came is the market's; a running one opens like the market's and lies within it.</summary>
    private static async Task<Verdict> CandlesAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("candles of exchanges");
        await using var command = database.CreateCommand("""
            SELECT e.name, p.pair, c.interval_minutes, c.open_minute, c.revision, c.known_at, c.open, c.high, c.low, c.close, c.volume
            FROM market.provider_candles c
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no) JOIN market.exchanges e USING (exchange_id)
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var pair = MarketTruth.PairOf(reader.GetString(0), reader.GetString(1));
            var open = DateTimeOffset.FromUnixTimeSeconds(reader.GetInt32(3) * 60L);
            var close = open.AddMinutes(reader.GetInt16(2));
            var said = market.Candle(pair, open, close);
            var stored = said with
            {
                Open = reader.GetDecimal(6), High = reader.GetDecimal(7), Low = reader.GetDecimal(8), Close = reader.GetDecimal(9),
                Volume = reader.GetDecimal(10),
            };
            var isWithin = stored.Open == said.Open && stored.High <= said.High && stored.Low >= said.Low && stored.Volume <= said.Volume;
            verdict.Add(
                stored == said || (isWithin && reader.GetFieldValue<DateTimeOffset>(5) <= close.AddMinutes(1)) ? null
                    : $"{pair} {reader.GetInt16(2)}m {open:u} revision {reader.GetInt32(4)}: {stored} where the market has {said}",
                reader.GetInt32(4) > 0);
        }

        return verdict.Verdict;
    }
}
