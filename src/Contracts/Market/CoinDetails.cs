using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>
/// What CoinGecko's list of markets says of a coin in one currency beside its price, cap, volume and change of 24 hours: every field of
/// <c>/coins/markets</c>, with the digits it came with. Unknown is null.
/// </summary>
/// <param name="Symbol">As the provider writes it.</param>
/// <param name="Image">Address of the coin's picture.</param>
/// <param name="Changes">Percent, by span.</param>
/// <param name="Roi">JSON object <c>{"times":…,"currency":…,"percentage":…}</c>.</param>
/// <param name="Sparkline">JSON object <c>{"price":[…]}</c>: hourly prices of the last seven days.</param>
public sealed record CoinDetails(
    string? Symbol, string? Name, string? Image, long? MarketCapRank, long? MarketCapRankWithRehypothecated,
    MarketNumber? FullyDilutedValuation, MarketNumber? High24h, MarketNumber? Low24h, MarketNumber? PriceChange24h,
    MarketNumber? MarketCapChange24h, MarketNumber? MarketCapChangePercentage24h, MarketNumber? CirculatingSupply,
    MarketNumber? TotalSupply, MarketNumber? MaxSupply, PriceExtreme AllTimeHigh, PriceExtreme AllTimeLow, PriceChanges Changes,
    string? Roi, string? Sparkline);

/// <summary>The highest or lowest price that there ever was.</summary>
/// <param name="ChangePercentage">From then to now.</param>
public sealed record PriceExtreme(MarketNumber? Price, MarketNumber? ChangePercentage, ProviderTime? Time);

/// <summary>Changes of the price in percent: <c>price_change_percentage_1h_in_currency</c> and its like.</summary>
public sealed record PriceChanges(
    MarketNumber? Hour1, MarketNumber? Hours24, MarketNumber? Days7, MarketNumber? Days14, MarketNumber? Days30,
    MarketNumber? Days200, MarketNumber? Year1);

/// <summary>What CoinGecko says of the whole market in no currency.</summary>
/// <param name="MarketCapPercentage">JSON object: each great coin's share of the market cap, in percent, by ticker.</param>
public sealed record GlobalFigures(
    long? ActiveCryptocurrencies, long? UpcomingIcos, long? OngoingIcos, long? EndedIcos, long? Markets, string? MarketCapPercentage,
    MarketNumber? MarketCapChangePercentage24hUsd, MarketNumber? VolumeChangePercentage24hUsd);
