using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>What answers in a provider's place, in no provider's own form.</summary>
public sealed class GatewayErrorTests
{
    private const string Cloudflare =
        """
        <!DOCTYPE html>
        <!--[if lt IE 7]> <html class="no-js ie6 oldie" lang="en-US"> <![endif]-->
        <head><title>TITLE</title><meta charset="UTF-8" /></head>
        <body><div id="cf-wrapper"><h1 class="inline-block"><span>Error</span>
        <span>NUMBER</span> <small>Ray&nbsp;ID: 7a429</small></h1><h2 class="text-gray">SAID</h2></div></body></html>
        """;

    public static TheoryData<string, string, string?> Bodies { get; } = new()
    {
        { "429 Too Many Requests", "rate_limited", "429" },
        { "Too many requests, please try again later.\n", "rate_limited", null },
        { "Too many API requests.", "rate_limited", null },
        { "Throttled", "rate_limited", null },
        { "Retry later\n", "rate_limited", null },
        { "error code: 1015", "rate_limited", "1015" },
        { "error code: 1020", "forbidden", "1020" },
        { "error code: 1006", "forbidden", "1006" },
        { "error code: 502", "provider_unavailable", "502" },
        { "error code: 522", "provider_unavailable", "522" },
        { "Service Unavailable", "provider_unavailable", null },
        { "503 Service Unavailable", "provider_unavailable", "503" },
        { "HTTP/1.1 504", "provider_unavailable", "504" },
        { "upstream request timeout", "provider_unavailable", null },
        { "no healthy upstream", "provider_unavailable", null },
        { "Server is overloaded", "provider_unavailable", null },
        { "<html><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>", "provider_unavailable", "503" },
        { "Internal Server Error", "provider_unavailable", null },
        { "404 page not found", "not_found", "404" },
        { "Forbidden", "forbidden", null },
        { "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n<center><h1>429</h1></center>", "rate_limited", "429" },
        { "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>", "provider_unavailable", "503" },
        { "<html><head><title>502 Bad Gateway</title></head>", "provider_unavailable", "502" },
        { "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1>", "forbidden", "403" },
        { "<!doctype html><title>api.example.com | 521: Web server is down</title>", "provider_unavailable", "521" },
        { "<!doctype html><title>api.example.com | 525: SSL handshake failed</title>", "provider_unavailable", "525" },
        { "<html><title>Just a moment...</title>", "forbidden", null },
        { Page("Access denied | api.example.com used Cloudflare", "1015", "You are being rate limited"), "rate_limited", "1015" },
        { Page("Access denied | api.example.com used Cloudflare to restrict access", "1020", "Access denied"), "forbidden", "1020" },
        { Page("DNS resolution error | api.example.com", "1016", "Origin DNS error"), "provider_unavailable", "1016" },
        { "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", "forbidden", null },
        { "\"Service Unavailable\"", "provider_unavailable", null },
        { """{"title":"Error 1015: You are being rate limited","status":429,"detail":"x","error_code":1015,"cloudflare_error":true}""", "rate_limited", "*" },
        { """{"type":"https://x","title":"Error 1016: Origin DNS error","status":530,"error_code":1016}""", "provider_unavailable", "*" },
        { """{"status":503,"message":"Be right back"}""", "provider_unavailable", "*" },
        { """{"statusCode":429,"message":"Wait"}""", "rate_limited", "*" },
        { """{"timestamp":"2026-01-31","status":"404","error":"No such thing","path":"/x"}""", "not_found", "*" },
        { """{"code":403,"message":"Not here"}""", "forbidden", "*" },
        { """{"message":"시스템 점검 중입니다."}""", "provider_unavailable", "*" },
        { "<html><head><title>서버 점검 안내</title></head></html>", "provider_unavailable", null },
        { "<html><title>Bitcoin price and API keys</title><body>429 Too Many Requests</body>", "malformed_json", null },
        { "hello", "malformed_json", null },
        { "500 coins are listed", "malformed_json", null },
        { "<div>503 Service Unavailable</div>", "malformed_json", null },
        { "{\"error\":\"Too Many Requests\"", "malformed_json", null },
        { "[\"Service Unavailable\"", "malformed_json", null },
        { "\"Service Unavailable", "malformed_json", null },
        { "", "malformed_json", null },
        { "  \n", "malformed_json", null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_body_that_is_no_providers_is_typed_where_it_says_what_happened(string body, string code, string? number)
    {
        var isJson = body is ['{' or '"', .., '}' or '"']; // what answers over HTTP: no frame of a socket looks so
        foreach (var provider in Providers.All)
        {
            foreach (var dataset in provider.Normalisers.Keys.Where(dataset => dataset != "ws" || !isJson))
            {
                var read = Normalising.Run(
                    provider.Name, dataset, body, new ReplyContext("btc-usd", "bitcoin", "usd", Interval: "1h", Query: "2026-01-31"));
                var name = $"{provider.Name} {dataset}";
                Assert.Equal((name, code, 0), (name, string.Join(',', read.Faults()), read.Records.Count));
                Assert.True(number == "*" || number == read.Refusals[0].ProviderCode, name);
                Assert.Null(read.MissingContext);
            }
        }
    }

    private static string Page(string title, string number, string said) => Cloudflare
        .Replace("TITLE", title, StringComparison.Ordinal).Replace("NUMBER", number, StringComparison.Ordinal)
        .Replace("SAID", said, StringComparison.Ordinal);
}
