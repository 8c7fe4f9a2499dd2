using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Coins' markets by asset and currency, with every field of <see cref="CoinDetails"/>: the newest by the provider's own time wins, a late
/// one never goes back. Of equal times the newest arrival wins.
/// </summary>
public sealed class CoinMarketStore(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly LatestTable<AssetPrice> Table = new(
        "market.coin_markets",
        [LatestColumn<AssetPrice>.Text("asset", coin => coin.Asset), LatestColumn<AssetPrice>.Text("currency", coin => coin.Currency)],
        Values(),
        LatestColumn<AssetPrice>.Time("time", coin => coin.Time));

    private readonly LatestStore<AssetPrice> _store = new(
        database, time, "coins_markets", Table, coin => $"{coin.Asset}/{coin.Currency}", Refusal, coin => coin.Time);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<AssetPrice> coins, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken) => _store.AppendAsync(coins, receivedAt, progress, cancellationToken);

    /// <summary>Markets in one currency, greatest market cap first, those without one last.</summary>
    /// <param name="assets">Null for all that are stored.</param>
    public async Task<IReadOnlyList<AssetPrice>> ReadAsync(
        string currency, IReadOnlyList<string>? assets, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"{Table.Select} WHERE currency = $1 AND ($2::text[] IS NULL OR asset = ANY ($2)) ORDER BY market_cap DESC NULLS LAST, asset");
        command.Parameters.AddValue(currency);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = assets is null ? DBNull.Value : assets.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var coins = new List<AssetPrice>();
        while (await reader.ReadAsync(cancellationToken))
        {
            coins.Add(CoinOf(reader));
        }

        return coins;
    }

    /// <summary>What is stored of the product of the two lists, in no order, without <see cref="AssetPrice.Details"/>.</summary>
    public async Task<IReadOnlyList<AssetPrice>> ReadPricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT asset, currency, price, market_cap, volume_24h, change_24h, time_ns, time_digits FROM market.coin_markets "
            + "WHERE asset = ANY ($1) AND currency = ANY ($2)");
        return await PriceRows.ReadAsync(command, assets, currencies, cancellationToken);
    }

    private static Refusal? Refusal(AssetPrice coin) =>
        coin.Time is null
            ? new Refusal(RefusalCode.MissingField, "A market without the provider's time can't be placed among others.", "$.time")
        : !StorableText.Holds(coin.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(coin.Currency) ? StorableText.Refusal("$.currency")
        : null;

    private static LatestColumn<AssetPrice>[] Values()
    {
        LatestColumn<AssetPrice> Text(string name, Func<CoinDetails, string?> of) =>
            LatestColumn<AssetPrice>.Text(name, coin => coin.Details is { } details ? of(details) : null);
        LatestColumn<AssetPrice> Number(string name, Func<CoinDetails, MarketNumber?> of) =>
            LatestColumn<AssetPrice>.Number(name, coin => coin.Details is { } details ? of(details) : null);
        LatestColumn<AssetPrice> Integer(string name, Func<CoinDetails, long?> of) =>
            LatestColumn<AssetPrice>.Integer(name, coin => coin.Details is { } details ? of(details) : null);
        return
        [
            LatestColumn<AssetPrice>.Number("price", coin => coin.Price),
            LatestColumn<AssetPrice>.Number("market_cap", coin => coin.MarketCap),
            LatestColumn<AssetPrice>.Number("volume_24h", coin => coin.Volume24h),
            LatestColumn<AssetPrice>.Number("change_24h", coin => coin.Change24h),
            Text("symbol", coin => coin.Symbol), Text("name", coin => coin.Name), Text("image", coin => coin.Image),
            Integer("market_cap_rank", coin => coin.MarketCapRank),
            Integer("rank_with_rehypothecated", coin => coin.MarketCapRankWithRehypothecated),
            Number("fully_diluted_valuation", coin => coin.FullyDilutedValuation),
            Number("high_24h", coin => coin.High24h), Number("low_24h", coin => coin.Low24h),
            Number("price_change_24h", coin => coin.PriceChange24h),
            Number("market_cap_change_24h", coin => coin.MarketCapChange24h),
            Number("market_cap_change_percent", coin => coin.MarketCapChangePercentage24h),
            Number("circulating_supply", coin => coin.CirculatingSupply), Number("total_supply", coin => coin.TotalSupply),
            Number("max_supply", coin => coin.MaxSupply),
            Number("ath", coin => coin.AllTimeHigh.Price), Number("ath_change", coin => coin.AllTimeHigh.ChangePercentage),
            .. LatestColumn<AssetPrice>.Time("ath", coin => coin.Details?.AllTimeHigh.Time),
            Number("atl", coin => coin.AllTimeLow.Price), Number("atl_change", coin => coin.AllTimeLow.ChangePercentage),
            .. LatestColumn<AssetPrice>.Time("atl", coin => coin.Details?.AllTimeLow.Time),
            Number("change_1h_in_currency", coin => coin.Changes.Hour1), Number("change_24h_in_currency", coin => coin.Changes.Hours24),
            Number("change_7d_in_currency", coin => coin.Changes.Days7), Number("change_14d_in_currency", coin => coin.Changes.Days14),
            Number("change_30d_in_currency", coin => coin.Changes.Days30),
            Number("change_200d_in_currency", coin => coin.Changes.Days200),
            Number("change_1y_in_currency", coin => coin.Changes.Year1),
            Text("roi", coin => coin.Roi), Text("sparkline", coin => coin.Sparkline),
        ];
    }

    /// <summary>The columns by their names: their order is <see cref="Values"/>' alone.</summary>
    private static AssetPrice CoinOf(NpgsqlDataReader reader)
    {
        MarketNumber? Number(string name) => reader.NumberOrNull(reader.GetOrdinal(name));
        string? Text(string name) => reader.TextOrNull(reader.GetOrdinal(name));
        long? Integer(string name) => reader.LongOrNull(reader.GetOrdinal(name));
        ProviderTime? Time(string name) => Integer($"{name}_ns") is { } nanoseconds
            ? new ProviderTime(nanoseconds, reader.GetInt16(reader.GetOrdinal($"{name}_digits")))
            : null;
        return new AssetPrice(
            Text("asset")!, Text("currency")!, Number("price"), Number("market_cap"), Number("volume_24h"), Number("change_24h"),
            Time("time"))
        {
            Details = new CoinDetails(
                Text("symbol"), Text("name"), Text("image"), Integer("market_cap_rank"), Integer("rank_with_rehypothecated"),
                Number("fully_diluted_valuation"), Number("high_24h"), Number("low_24h"), Number("price_change_24h"),
                Number("market_cap_change_24h"), Number("market_cap_change_percent"), Number("circulating_supply"), Number("total_supply"),
                Number("max_supply"), new PriceExtreme(Number("ath"), Number("ath_change"), Time("ath")),
                new PriceExtreme(Number("atl"), Number("atl_change"), Time("atl")),
                new PriceChanges(
                    Number("change_1h_in_currency"), Number("change_24h_in_currency"), Number("change_7d_in_currency"),
                    Number("change_14d_in_currency"), Number("change_30d_in_currency"), Number("change_200d_in_currency"),
                    Number("change_1y_in_currency")),
                Text("roi"), Text("sparkline")),
        };
    }
}
