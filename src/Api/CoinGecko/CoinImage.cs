namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// A coin's picture in its other sizes: CoinGecko's addresses differ in one segment only, <c>…/images/1/large/bitcoin.png</c>. Without a
/// picture, the names that CoinGecko gives for one.
/// </summary>
internal static class CoinImage
{
    public static string Thumb(string? large) => Sized(large, "thumb");

    public static string Small(string? large) => Sized(large, "small");

    public static string Large(string? large) => large ?? MarketRow.MissingImage;

    private static string Sized(string? large, string size) =>
        large is not null && large.Contains("/large/", StringComparison.Ordinal)
            ? large.Replace("/large/", $"/{size}/", StringComparison.Ordinal)
            : $"missing_{size}.png";
}
