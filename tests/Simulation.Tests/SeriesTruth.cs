using AkkaCrypto.Simulator.Blockchaincom;
using AkkaCrypto.Simulator.CoinMetrics;
using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Compares the revisable series with the market: every revision of every chart and on-chain point is either what the market says or what a
/// corrected history said (each value times <see cref="Factor"/>), no two revisions in a row are the same, and between a series' first
/// point and its last one there is none missing but those of charts that stand in the dead letters. What the feeds still ask for is the
/// market's again once the corrections are over.
/// </summary>
internal static class SeriesTruth
{
    /// <summary>Of the fault <c>revised</c>.</summary>
    public const decimal Factor = 1.02m;

    /// <summary>Newest points of a series that every later request of its feed asks for again.</summary>
    private const int AskedAgain = 2;

    private const int SignificantDigits = 16;

    private static readonly IReadOnlyDictionary<string, TimeSpan> Steps = new Dictionary<string, TimeSpan>(StringComparer.Ordinal)
    {
        ["daily"] = TimeSpan.FromDays(1), ["hourly"] = TimeSpan.FromHours(1), ["5m"] = TimeSpan.FromMinutes(5),
    };

    /// <param name="simulator">Asked for the flows: a reply has many figures beside the one that it was asked for.</param>
    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market, Uri simulator) =>
        [await ChartsAsync(database, market), .. await PointsAsync(database, market, await FlowTruth.AskAsync(simulator))];

    private static async Task<Verdict> ChartsAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdict = new VerdictBuilder("charts");
        await using var command = database.CreateCommand("""
            SELECT asset, currency, interval, bucket_start, revision, provider_time_ns / 1000000, price, market_cap, volume
            FROM market.chart_points ORDER BY 1, 2, 3, 4, 5
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var walk = new Walk(verdict, await RefusedPoints.ReadAsync(database));
        while (await reader.ReadAsync())
        {
            var (id, currency, interval) = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            var at = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5));
            var asset = Catalogue.Find(id)!;
            var said = new decimal?[]
            {
                market.Price(asset, currency, at), market.MarketCap(asset, currency, at), market.Volume24h(asset, currency, at),
            }.Select(value => (decimal?)Digits.Significant(value!.Value, SignificantDigits)).ToArray();
            walk.Add(
                $"{id}/{currency}/{interval}", Steps[interval],
                reader.GetFieldValue<DateTimeOffset>(3), reader.GetInt32(4), said,
                [.. Enumerable.Range(6, 3).Select(column => Value(reader, column))]);
        }

        walk.End();
        return verdict.Verdict;
    }

    private static async Task<IReadOnlyList<Verdict>> PointsAsync(
        NpgsqlDataSource database, MarketModel market, IReadOnlyDictionary<FlowTruth.Key, decimal?> flows)
    {
        var verdicts = new Dictionary<string, (VerdictBuilder Verdict, Walk Walk)>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("""
            SELECT asset, metric, source, interval, time, revision, value FROM onchain.points ORDER BY 1, 2, 3, 4, 5, 6
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (asset, metric, source) = (Catalogue.Find(reader.GetString(0))!, reader.GetString(1), reader.GetString(2));
            var day = reader.GetFieldValue<DateTimeOffset>(4);
            var (provider, said) = Said(market, flows, asset, metric, source, day);
            if (!verdicts.TryGetValue(provider, out var check))
            {
                var verdict = new VerdictBuilder($"on-chain points of {provider}");
                verdicts[provider] = check = (verdict, new Walk(verdict, RefusedPoints.None));
            }

            check.Walk.Add(
                $"{asset.Id}/{metric}/{source}", TimeSpan.FromDays(1), day, reader.GetInt32(5), [said], [Value(reader, 6)]);
        }

        foreach (var check in verdicts.Values)
        {
            check.Walk.End();
        }

        return [.. verdicts.Values.Select(check => check.Verdict.Verdict)];
    }

    /// <summary>Which provider brings a metric, and what it says of a day.</summary>
    private static (string Provider, decimal? Value) Said(
        MarketModel market, IReadOnlyDictionary<FlowTruth.Key, decimal?> flows, Asset asset, string metric, string source,
        DateTimeOffset time)
    {
        if (flows.TryGetValue(new FlowTruth.Key(asset.Id, metric, time), out var flow))
        {
            return ("cryptoquant", flow);
        }

        var day = time.ToUnixTimeSeconds() / 86_400;
        decimal? Of(string theirs) => AssetMetrics.ValueOf(market, asset, theirs, day);
        decimal? On(string chart) => Chart.Find(chart)!.ValueOn(market, day);
        return (source, metric) switch
        {
            ("blockchaincom", "price_usd") => (source, On("market-price")),
            ("blockchaincom", "hash_rate") => (source, On("hash-rate")),
            ("blockchaincom", "tx_cnt") => (source, On("n-transactions")),
            ("blockchaincom", "difficulty") => (source, On("difficulty")),
            (_, "price_usd") => ("coinmetrics", Of("PriceUSD")),
            (_, "adr_act_cnt") => ("coinmetrics", Of("AdrActCnt")),
            (_, "tx_cnt") => ("coinmetrics", Of("TxCnt")),
            (_, "cap_mrkt_cur_usd") => ("coinmetrics", Of("CapMrktCurUSD")),
            _ => throw new InvalidOperationException($"No provider of the demo brings {metric} of {source} at {time:u}."),
        };
    }

    private static decimal? Value(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDecimal(column);

    /// <summary>Goes through the revisions of one table, in the order of series, time and revision.</summary>
    private sealed class Walk(VerdictBuilder verdict, RefusedPoints refused)
    {
        private readonly Dictionary<string, List<(DateTimeOffset Time, bool IsSaid)>> _series = new(StringComparer.Ordinal);
        private (string Series, DateTimeOffset Time, decimal?[] Values)? _last;

        public void Add(string series, TimeSpan step, DateTimeOffset time, int revision, decimal?[] said, decimal?[] stored)
        {
            var isSaid = stored.SequenceEqual(said);
            var isRevised = stored.SequenceEqual(said.Select(Revised));
            var points = _series.TryGetValue(series, out var known) ? known : _series[series] = [];
            var fault = isSaid || isRevised ? null : $"{Text(stored)} where the market has {Text(said)}";
            if (_last is { } last && last.Series == series)
            {
                var isWhole = time == last.Time || refused.AreAllBetween(series, last.Time, time, step);
                fault ??= isWhole ? null : $"nothing since {last.Time:u}";
                fault ??= time == last.Time && stored.SequenceEqual(last.Values) ? "a revision that says the same again" : null;
            }

            if (time == _last?.Time && series == _last?.Series)
            {
                points[^1] = (time, isSaid);
            }
            else
            {
                points.Add((time, isSaid));
            }

            _last = (series, time, stored);
            verdict.Add(fault is null ? null : $"{series} {time:u} revision {revision}: {fault}", revision > 0);
        }

        /// <summary>The newest points are the market's.</summary>
        public void End()
        {
            foreach (var (series, points) in _series)
            {
                foreach (var (time, isSaid) in points.TakeLast(AskedAgain))
                {
                    verdict.Add(isSaid ? null : $"{series} {time:u} is still corrected");
                }
            }
        }

        // Rounded to the digits of the number that is corrected, as the simulator does it.
        private static decimal? Revised(decimal? value) =>
            value is { } known ? Math.Round(known * Factor, Contracts.Text.DecimalText.Canonical(known).Scale) : null;

        private static string Text(IEnumerable<decimal?> values) => string.Join('/', values.Select(value => value?.ToString() ?? "null"));
    }
}
