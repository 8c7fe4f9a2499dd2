using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>The paths of CoinGecko's own API: <c>akkacrypto.coin-api</c>, see reference.conf.</summary>
public sealed record CoinApiSettings(
    [Range(1, 36_500)] int? HistoryDays,
    bool AnyCoin,
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] TimeSpan ListsTtl,
    CoinApiMaxAgeSettings MaxAge);

/// <summary>The oldest that is still served under <c>/api/v3</c>, for what its other paths don't have an age limit for.</summary>
public sealed record CoinApiMaxAgeSettings(TimeSpan Markets, TimeSpan RecentChart, TimeSpan Ohlc, TimeSpan Searches);
