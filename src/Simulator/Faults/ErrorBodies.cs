namespace AkkaCrypto.Simulator.Faults;

/// <summary>The providers' own words for trouble, as recorded or documented.</summary>
internal static class ErrorBodies
{
    public const string CoinGeckoRateLimit =
        """{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit. """
        + """Please visit https://www.coingecko.com/en/api/pricing to subscribe to our API plans for higher rate limits."}}""";

    public const string CoinoneBlocked = """{"result":"error","error_code":"4","error_msg":"Blocked user access"}""";

    /// <summary>Body of an HTTP status that the provider's edge or application answers with.</summary>
    public static string ForStatus(string provider, int status) => (provider, status) switch
    {
        ("coingecko", 429) => CoinGeckoRateLimit,
        ("coingecko", _) => $$"""{"status":{{status}},"error":"{{Reason(status)}}"}""",
        ("coinone", 429) => CoinoneBlocked,
        ("cryptoquant", _) => CryptoQuant(status),
        _ => Page(status),
    };

    /// <summary>What a proxy before the provider says, in HTML.</summary>
    public static string Page(int status) =>
        $"<html><head><title>{status} {Reason(status)}</title></head>"
        + $"<body><center><h1>{status} {Reason(status)}</h1></center></body></html>";

    public static string Under200(string provider, string coinoneCode) => provider switch
    {
        "coingecko" => CoinGeckoRateLimit,
        "cryptoquant" => CryptoQuant(500),
        _ => Coinone(coinoneCode),
    };

    public static string Coinone(string code) => code switch
    {
        "4" => CoinoneBlocked,
        "108" => """{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""",
        "105" => """{"result":"error","error_code":"105","error_msg":"Price is not correct"}""",
        _ => $$"""{"result":"error","error_code":"{{code}}","error_msg":"Parameter error"}""",
    };

    /// <summary>The documented table of status objects; a recorded error body was never found.</summary>
    public static string CryptoQuant(int status) =>
        $$$"""{"status":{"code":{{{status}}},"message":"{{{CryptoQuantMessage(status)}}}"}}""";

    private static string CryptoQuantMessage(int status) => status switch
    {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "not_allowed",
        429 => "too_many_requests",
        _ => "internal_server_error",
    };

    private static string Reason(int status) => status switch
    {
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    };
}
