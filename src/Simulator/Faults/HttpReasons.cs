namespace AkkaCrypto.Simulator.Faults;

/// <summary>What HTTP itself, and a proxy before a provider, say to a status.</summary>
internal static class HttpReasons
{
    /// <summary>A proxy's page, in HTML.</summary>
    public static string Page(int status) =>
        $"<html><head><title>{status} {Of(status)}</title></head>"
        + $"<body><center><h1>{status} {Of(status)}</h1></center></body></html>";

    public static string Of(int status) => status switch
    {
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    };
}
