using System.Net;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Tests;

public sealed class InternalTests
{
    private const string Path = "/internal-api/coinone-worker/public/trades?quote=KRW&target=Btc";

    [Fact]
    public async Task A_reply_is_ingested_for_the_pair_of_the_query_and_answered_with_its_counts()
    {
        await using var api = await ApiHost.StartAsync();
        using var posted = await api.SendAsync(HttpMethod.Post, Path, TestSettings.AdminKey, ApiHost.Json("""{"result":"success"}"""));
        Assert.Equal(
            """{"exchange_id":1,"currency_pair_no":2,"attempted":200,"inserted":199,"skipped":1,"differing":0,"rejected":0}""",
            await posted.Content.ReadAsStringAsync());
        using var fetched = await api.GetAsync(Path.Replace("trades", "orderbook", StringComparison.Ordinal), TestSettings.AdminKey);
        Assert.Equal([("trades", "btc-krw", 20), ("orderbook", "btc-krw", -1)], api.Intake.Taken);
    }

    [Fact]
    public async Task An_empty_reply_of_a_new_pair_has_no_numbers()
    {
        await using var api = await ApiHost.StartAsync();
        api.Intake.Result = new ReplyIngestResult(null, default, null);
        using var response = await api.SendAsync(HttpMethod.Post, Path, TestSettings.AdminKey, ApiHost.Json("{}"));
        Assert.StartsWith("""{"exchange_id":null,"currency_pair_no":null,"attempted":0,""", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public static TheoryData<string, ReplyIngestResult, int, string> Outcomes => new()
    {
        { "POST", Refused(RefusalCode.MalformedJson), 400, "invalid_request" },
        { "POST", Refused(RefusalCode.WrongPair), 400, "invalid_request" },
        { "POST", new(new PairNumbers(1, 2), new IngestCounts(5, 0, 0, 0, 0, 5), null), 400, "invalid_request" },
        { "POST", new(new PairNumbers(1, 2), new IngestCounts(5, 4, 0, 0, 0, 1), null), 200, "" },
        { "POST", Refused(RefusalCode.RateLimited, "4"), 502, "upstream_failed" },
        { "GET", Refused(RefusalCode.MalformedJson), 502, "upstream_failed" },
        { "GET", Refused(RefusalCode.ProviderUnavailable, "405"), 502, "upstream_failed" },
        { "GET", new(null, default, null, Timeout: true), 504, "upstream_timeout" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Each_outcome_has_its_status(string method, ReplyIngestResult outcome, int status, string code)
    {
        await using var api = await ApiHost.StartAsync();
        api.Intake.Result = outcome;
        using var response = await api.SendAsync(
            new HttpMethod(method), Path, TestSettings.AdminKey, method == "POST" ? ApiHost.Json("{}") : null);
        if (code.Length == 0)
        {
            Assert.Equal(status, (int)response.StatusCode);
            return;
        }

        var problem = await ApiHost.ProblemAsync(response, (HttpStatusCode)status, code);
        if (outcome.Error?.ProviderCode is { } providerCode)
        {
            Assert.Equal(providerCode, problem.GetProperty("provider_code").GetString());
        }
        else if (status == 400 && outcome.Error is { } refusal)
        {
            Assert.Contains(
                refusal.Code.Text(), problem.GetProperty("errors").GetProperty("body")[0].GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("quote=krw", "target")]
    [InlineData("target=btc", "quote")]
    [InlineData("quote=krw&target=b-c", "target")]
    [InlineData("quote=krw&target=btc&x=1", "x")]
    public async Task Both_tickers_are_required_and_nothing_else(string query, string field)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.SendAsync(
            HttpMethod.Post, "/internal-api/coinone-worker/public/trades?" + query, TestSettings.AdminKey, ApiHost.Json("{}"));
        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        Assert.Empty(api.Intake.Taken);
    }

    private static ReplyIngestResult Refused(RefusalCode code, string? providerCode = null) =>
        new(null, default, new Refusal(code, "what happened", "$.x", providerCode));
}
