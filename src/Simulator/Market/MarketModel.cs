using System.Collections.Concurrent;

namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// A whole market computed on demand: prices, volumes, supplies, trades, books and on-chain series at any instant from 2010 on, a pure
/// function of the seed (and, for the number of trades, the pace). It stores no history and asks no clock, so the same question has the
/// same answer in any order, in any process; what it remembers only saves work. Prices are decimals of 15 significant digits; what the
/// providers round further, they round themselves.
/// </summary>
public sealed class MarketModel
{
    private static readonly DateTimeOffset SupplyDate = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ulong seed;
    private readonly ConcurrentDictionary<string, LogPath> usd = [];
    private readonly ConcurrentDictionary<(string Asset, string Currency), (decimal Base, LogPath Path)> prices = [];
    private readonly ConcurrentDictionary<string, VolumePath> volumes = [];
    private readonly ConcurrentDictionary<MarketPair, PairMarket> pairs = [];

    // Two for each asset and currency of the catalogue.
    private readonly ConcurrentDictionary<(string Asset, string Currency, int Sign), (long To, long Second)> records = [];

    /// <param name="pace">Trades a second and pair, about; see <see cref="SimulatorOptions.Pace"/>.</param>
    public MarketModel(long seed, double pace = 1.0)
    {
        Seed = seed;
        Pace = pace;
        this.seed = Hash.Mix(unchecked((ulong)seed));
        OnChain = new OnChainModel(this.seed);
    }

    public long Seed { get; }

    public double Pace { get; }

    public OnChainModel OnChain { get; }

    /// <summary>The first instant that any provider shows; histories that ask for all begin here.</summary>
    public static DateTimeOffset Earliest { get; } = new(2016, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Price of one coin in a currency of <see cref="Catalogue.Currencies"/>; constant within a second.</summary>
    public decimal Price(Asset asset, string currency, DateTimeOffset time)
    {
        var (basePrice, path) = PathOf(asset, currency);
        return Digits.Significant(basePrice * (decimal)Math.Exp(path.At(time.ToUnixTimeSeconds())), 15);
    }

    /// <summary>Coins in circulation, changing at midnight UTC.</summary>
    public decimal Supply(Asset asset, DateTimeOffset time)
    {
        var days = (long)Math.Floor((time - SupplyDate).TotalDays);
        return Math.Clamp(asset.Supply + (asset.NewPerDay * days), 1, asset.MaxSupply ?? long.MaxValue);
    }

    /// <summary>Exactly <see cref="Supply"/> × <see cref="Price"/>.</summary>
    public decimal MarketCap(Asset asset, string currency, DateTimeOffset time) => Supply(asset, time) * Price(asset, currency, time);

    /// <summary>What all exchanges together traded in the 24 hours before, to whole minutes, valued at the price of the moment.</summary>
    public decimal Volume24h(Asset asset, string currency, DateTimeOffset time)
    {
        var minute = time.ToUnixTimeSeconds() / 60;
        var units = VolumeOf(asset).Between(minute - VolumePath.MinutesPerDay, minute);
        return (decimal)units * 0.00000001m * Price(asset, currency, time);
    }

    /// <summary>Coins of one asset traded by all exchanges in whole minutes of [from, to).</summary>
    public decimal Volume(Asset asset, DateTimeOffset from, DateTimeOffset to) =>
        (decimal)VolumeOf(asset).Between(from.ToUnixTimeSeconds() / 60, to.ToUnixTimeSeconds() / 60) * 0.00000001m;

    /// <summary>The second of [from, to) with the highest price; the price there is the high.</summary>
    public DateTimeOffset TimeOfHigh(Asset asset, string currency, DateTimeOffset from, DateTimeOffset to) =>
        ExtremeOf(asset, currency, from, to, 1);

    public DateTimeOffset TimeOfLow(Asset asset, string currency, DateTimeOffset from, DateTimeOffset to) =>
        ExtremeOf(asset, currency, from, to, -1);

    /// <summary>The second of the highest price from <see cref="Earliest"/> to before <paramref name="at"/>.</summary>
    public DateTimeOffset TimeOfAllTimeHigh(Asset asset, string currency, DateTimeOffset at) => RecordOf(asset, currency, at, 1);

    public DateTimeOffset TimeOfAllTimeLow(Asset asset, string currency, DateTimeOffset at) => RecordOf(asset, currency, at, -1);

    /// <summary>Trades of the exchange's pair in [from, to), oldest first; computed as they are enumerated.</summary>
    public IEnumerable<MarketTrade> Trades(MarketPair pair, DateTimeOffset from, DateTimeOffset to) =>
        MarketOf(pair).Trades(CeilingMilliseconds(from), CeilingMilliseconds(to));

    /// <summary>The last trades at or before <paramref name="now"/>, newest first: what the exchange shows at that instant.</summary>
    public IReadOnlyList<MarketTrade> NewestTrades(MarketPair pair, DateTimeOffset now, int count) =>
        MarketOf(pair).Newest(now.ToUnixTimeMilliseconds(), count);

    /// <summary>The pair's trades whose <see cref="MarketTrade.Number"/> is below <paramref name="number"/>, highest first.</summary>
    public IReadOnlyList<MarketTrade> TradesBefore(MarketPair pair, long number, int count) => MarketOf(pair).Before(number, count);

    /// <summary>How many trades the pair has in [from, to), both whole minutes; much cheaper than the trades.</summary>
    public long TradeCount(MarketPair pair, DateTimeOffset from, DateTimeOffset to) =>
        MarketOf(pair).Count(from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());

    public Quote QuoteAt(MarketPair pair, DateTimeOffset time) => MarketOf(pair).QuoteAt(time.ToUnixTimeMilliseconds());

    /// <summary>The book as it stands at <paramref name="now"/>; it changes once a second.</summary>
    public MarketBook Book(MarketPair pair, DateTimeOffset now, int levels) => MarketOf(pair).Book(now.ToUnixTimeMilliseconds(), levels);

    public MarketCandle Candle(MarketPair pair, DateTimeOffset from, DateTimeOffset to) =>
        MarketOf(pair).Candle(from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());

    /// <summary>Quantity traded on the pair in [from, to): exactly the sum over <see cref="Trades"/>.</summary>
    public decimal PairVolume(MarketPair pair, DateTimeOffset from, DateTimeOffset to) =>
        MarketOf(pair).Volume(CeilingMilliseconds(from), CeilingMilliseconds(to));

    public decimal PriceStep(MarketPair pair) => MarketOf(pair).PriceStep;

    private DateTimeOffset ExtremeOf(Asset asset, string currency, DateTimeOffset from, DateTimeOffset to, int sign) =>
        DateTimeOffset.FromUnixTimeSeconds(PathOf(asset, currency).Path.Extreme(from.ToUnixTimeSeconds(), to.ToUnixTimeSeconds(), sign));

    // Replies about the present ask for this again and again; only what came after the answer before has to be searched.
    private DateTimeOffset RecordOf(Asset asset, string currency, DateTimeOffset at, int sign)
    {
        var (path, from, to) = (PathOf(asset, currency).Path, Earliest.ToUnixTimeSeconds(), at.ToUnixTimeSeconds());
        var isKnown = records.TryGetValue((asset.Id, currency, sign), out var known);
        if (isKnown && to <= known.To)
        {
            return DateTimeOffset.FromUnixTimeSeconds(known.Second < to ? known.Second : path.Extreme(from, to, sign));
        }

        var second = path.Extreme(isKnown ? known.To : from, to, sign);
        second = isKnown && sign * path.At(known.Second) >= sign * path.At(second) ? known.Second : second;
        records[(asset.Id, currency, sign)] = (to, second);
        return DateTimeOffset.FromUnixTimeSeconds(second);
    }

    private PairMarket MarketOf(MarketPair pair) => pairs.GetOrAdd(pair, key =>
    {
        var asset = Catalogue.Find(key.AssetId) ?? throw new ArgumentException($"No asset '{key.AssetId}' in the catalogue.", nameof(pair));
        var (basePrice, path) = PathOf(asset, key.Quote);
        return new PairMarket(seed, key, asset, path, basePrice, Pace);
    });

    private VolumePath VolumeOf(Asset asset) => volumes.GetOrAdd(
        asset.Id, _ => new VolumePath(Hash.Stream(seed, "volume:" + asset.Id), (Int128)(asset.Supply * asset.Turnover) * 100_000_000));

    private (decimal Base, LogPath Path) PathOf(Asset asset, string currency) => prices.GetOrAdd((asset.Id, currency), _ =>
    {
        var own = UsdPath(asset.Id, asset.Volatility);
        if (Catalogue.Fiats.FirstOrDefault(f => f.Code == currency) is { } fiat)
        {
            return currency == "usd"
                ? (asset.BasePrice, own)
                : (asset.BasePrice * fiat.PerUsd, own.Plus(UsdPath("fiat:" + currency, fiat.Volatility)));
        }

        var (symbol, parts) = currency switch { "bits" => ("btc", 1_000_000m), "sats" => ("btc", 100_000_000m), _ => (currency, 1m) };
        var coin = Catalogue.BySymbol(symbol) ?? throw new ArgumentException($"No currency '{currency}' in the catalogue.",
            nameof(currency));
        if (coin == asset)
        {
            return (parts, LogPath.Flat);
        }

        return (asset.BasePrice / coin.BasePrice * parts, own.Minus(UsdPath(coin.Id, coin.Volatility)));
    });

    private LogPath UsdPath(string name, double volatility) =>
        usd.GetOrAdd(name, key => LogPath.Create(Hash.Stream(seed, "price:" + key), volatility));

    // A trade at millisecond m is in [from, to) when from <= m < to, also where the bounds have finer digits.
    private static long CeilingMilliseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
}
