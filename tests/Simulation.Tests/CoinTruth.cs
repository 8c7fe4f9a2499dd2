using AkkaCrypto.Simulator.CoinGecko;
using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Compares what is stored of coins beside their prices and charts with the market: their markets, their candles over all
/// exchanges, the whole market, and the two lists.</summary>
internal static class CoinTruth
{
    /// <summary>A reply is stored within so many refreshes of the provider's figures, delays and repeated writes included.</summary>
    private const int RefreshesUntilStored = 12;

    /// <summary>No test runs longer.</summary>
    private const int RefreshesOfAnHour = 360;

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(10);

    private static readonly IReadOnlyDictionary<string, TimeSpan> Lengths = new Dictionary<string, TimeSpan>(StringComparer.Ordinal)
    {
        ["30m"] = TimeSpan.FromMinutes(30), ["4h"] = TimeSpan.FromHours(4), ["4d"] = TimeSpan.FromDays(4),
    };

    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market) =>
    [
        await MarketsAsync(database, market), await CandlesAsync(database, market), await GlobalAsync(database, market),
        await ListAsync(
            database, "listed coins", "SELECT asset || ' ' || symbol || ' ' || name FROM market.listed_assets",
            Catalogue.Assets.Select(asset => $"{asset.Id} {asset.Symbol} {asset.Name}")),
        await ListAsync(database, "currencies", "SELECT currency FROM market.quote_currencies", Catalogue.Currencies),
    ];

    private static async Task<Verdict> MarketsAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("coins' markets");
        await using var command = database.CreateCommand("""
            SELECT asset, currency, time_ns / 1000000, price, market_cap, volume_24h, change_24h, high_24h, low_24h, price_change_24h,
                market_cap_change_24h, circulating_supply, ath, atl, change_7d_in_currency
            FROM market.coin_markets
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (asset, currency) = (Catalogue.Find(reader.GetString(0))!, reader.GetString(1));
            var at = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2));
            var said = SaidOf(market, asset, currency, at);
            var stored = Enumerable.Range(3, said.Length)
                .Select(column => reader.IsDBNull(column) ? (decimal?)null : reader.GetDecimal(column)).ToArray();
            verdict.Add(stored.SequenceEqual(said)
                ? null
                : $"{asset.Id}/{currency} {at:u}: {string.Join('/', stored)} where the market has {string.Join('/', said)}");
        }

        return verdict.Verdict;
    }

    private static decimal?[] SaidOf(MarketModel market, Asset asset, string currency, DateTimeOffset at)
    {
        decimal PriceAt(DateTimeOffset when) => market.Price(asset, currency, when);
        decimal Full(decimal value) => Digits.Significant(value, Display.DoubleDigits);
        var (price, before, next) = (PriceAt(at), PriceAt(at.AddDays(-1)), at.AddSeconds(1));
        var (cap, capBefore) = (market.MarketCap(asset, currency, at), market.MarketCap(asset, currency, at.AddDays(-1)));
        return
        [
            Full(price), Math.Round(cap), Math.Round(market.Volume24h(asset, currency, at)), Math.Round(Display.Change(before, price), 5),
            Full(PriceAt(market.TimeOfHigh(asset, currency, at.AddDays(-1), next))),
            Full(PriceAt(market.TimeOfLow(asset, currency, at.AddDays(-1), next))), Full(price - before), Full(cap - capBefore),
            market.Supply(asset, at), Full(PriceAt(market.TimeOfAllTimeHigh(asset, currency, at))),
            Full(PriceAt(market.TimeOfAllTimeLow(asset, currency, at))),
            Full(Display.Change(PriceAt(at.AddDays(-7)), price)),
        ];
    }

    /// <summary>Every revision of a candle is what the market's was at some refresh shortly before it became known, the whole one once it
    /// was over, or what the series' one reply said that the storm shows again and again; none says what the one before it says, and
    /// between the first and the last candle none is missing.</summary>
    private static async Task<Verdict> CandlesAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("candles of coins");
        await using var command = database.CreateCommand("""
            SELECT asset, currency, interval, open_time, revision, known_at, open, high, low, close
            FROM market.ohlc_points ORDER BY 1, 2, 3, 4, 5
            """);
        await using var reader = await command.ExecuteReaderAsync();
        (string Series, DateTimeOffset Open, decimal[] Values)? last = null;
        var shownAgain = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            var (asset, currency, interval) = (Catalogue.Find(reader.GetString(0))!, reader.GetString(1), reader.GetString(2));
            var (series, length) = ($"{asset.Id}/{currency}/{interval}", Lengths[interval]);
            var (open, known) = (reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(5));
            var stored = Enumerable.Range(6, 4).Select(reader.GetDecimal).ToArray();
            var before = last?.Series == series ? last : null;
            var fault = before is { } one && one.Open != open && open - one.Open != length ? $"nothing since {one.Open:u}"
                : before is { } same && same.Open == open && same.Values.SequenceEqual(stored) ? "a revision that says the same again"
                : WasTheMarkets(known) ? null
                : $"{string.Join('/', stored)}, as the market was not before";
            verdict.Add(
                fault is null ? null : $"{series} {open:u} revision {reader.GetInt32(4)}, known at {known:O}: {fault}",
                reader.GetInt32(4) > 0);
            last = (series, open, stored);

            bool WasTheMarkets(DateTimeOffset until)
            {
                var match = Refreshes(until, RefreshesOfAnHour).Index().FirstOrDefault(
                    refresh => CandleOf(market, asset, currency, open, length, refresh.Item).SequenceEqual(stored), (-1, default));
                return match.Index is >= 0 and < RefreshesUntilStored
                    || (match.Index >= 0 && (shownAgain.TryAdd(series, match.Item) || shownAgain[series] == match.Item));
            }
        }

        return verdict.Verdict;
    }

    private static IEnumerable<DateTimeOffset> Refreshes(DateTimeOffset until, int count = RefreshesUntilStored) =>
        Enumerable.Range(0, count).Select(back => Display.LastUpdate(until - (back * Refresh)));

    /// <summary>As it was at a refresh, which may be one after its end; one that had not begun is none.</summary>
    private static decimal[] CandleOf(
        MarketModel market, Asset asset, string currency, DateTimeOffset open, TimeSpan length, DateTimeOffset at)
    {
        var end = DateTimeOffset.FromUnixTimeSeconds(Math.Min((open + length).ToUnixTimeSeconds(), at.ToUnixTimeSeconds() + 1));
        return end <= open
            ? []
            : [.. new[]
            {
                open, market.TimeOfHigh(asset, currency, open, end), market.TimeOfLow(asset, currency, open, end), end.AddSeconds(-1),
            }.Select(when => Display.Price(market.Price(asset, currency, when), currency, "full"))];
    }

    private static async Task<Verdict> GlobalAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("the whole market");
        await using var command = database.CreateCommand(
            "SELECT currency, time_ns / 1000000, market_cap, volume_24h FROM market.global_markets");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (currency, at) = (reader.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)));
            var said = (
                Digits.Significant(Catalogue.Assets.Sum(asset => market.MarketCap(asset, currency, at)), Display.DoubleDigits),
                Digits.Significant(Catalogue.Assets.Sum(asset => market.Volume24h(asset, currency, at)), Display.DoubleDigits));
            var stored = (reader.GetDecimal(2), reader.GetDecimal(3));
            verdict.Add(said == stored ? null : $"{currency} {at:u}: {stored} where the market has {said}");
        }

        return verdict.Verdict;
    }

    private static async Task<Verdict> ListAsync(NpgsqlDataSource database, string what, string select, IEnumerable<string> said)
    {
        var verdict = new VerdictBuilder(what);
        var left = said.ToHashSet(StringComparer.Ordinal);
        await using var command = database.CreateCommand(select);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            verdict.Add(left.Remove(reader.GetString(0)) ? null : $"{reader.GetString(0)} is none of the market's");
        }

        foreach (var missing in left)
        {
            verdict.Add($"{missing} is missing");
        }

        return verdict.Verdict;
    }
}
