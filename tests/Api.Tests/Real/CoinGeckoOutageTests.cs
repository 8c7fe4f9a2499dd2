using System.Net;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What is served below /api/v3 when CoinGecko can't be asked, or must not be.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoOutageTests(ServerFixture servers)
{
    [Fact]
    public async Task Data_past_their_age_limit_are_refused_where_nobody_can_be_asked()
    {
        await using var host = await CoinGeckoHost.StartAsync(
            servers, settings => settings with { OnDemand = settings.OnDemand with { Enabled = false } });
        await host.Api.AddPriceAsync("bitcoin", "usd", 97000m);
        const string path = "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd";
        Assert.Equal("""{"bitcoin":{"usd":97000}}""", await host.Api.ReadAsync(path));

        host.Api.Clock.Advance(TimeSpan.FromMinutes(10));
        using var refused = await host.Api.GetAsync(path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        var status = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("status");
        Assert.Equal(503, status.GetProperty("error_code").GetInt32());
        Assert.Contains("bitcoin in usd is 600 s old", status.GetProperty("error_message").GetString());

        // Nothing is known of a coin that no feed polls, nor of a currency that nobody lists.
        Assert.Equal("{}", await host.Api.ReadAsync("/api/v3/simple/price?ids=dogecoin&vs_currencies=usd"));
        Assert.Equal("""{"ripple":{}}""", await host.Api.ReadAsync("/api/v3/simple/price?ids=ripple&vs_currencies=shells"));
    }

    [Fact]
    public async Task A_failing_provider_is_502_in_CoinGeckos_shape_and_what_is_fresh_is_served()
    {
        await using var host = await CoinGeckoHost.StartAsync(servers);
        Assert.Equal(15, (await host.ReadAsync("/coins/list")).GetArrayLength());
        var fresh = await host.ReadAsync("/coins/bitcoin/ohlc?vs_currency=usd&days=1");
        using (var twin = new HttpClient())
        {
            using var fault = new StringContent(
                """{"provider":"coingecko","kind":"error_body","path":"*","share":1,"duration_seconds":3600}""", Encoding.UTF8,
                "application/json");
            using var taken = await twin.PostAsync(new Uri(host.Api.Simulator!, "faults"), fault);
            Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
        }

        using var failed = await host.Api.GetAsync("/api/v3/global");
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        var status = JsonDocument.Parse(await failed.Content.ReadAsStringAsync()).RootElement.GetProperty("status");
        Assert.Equal(502, status.GetProperty("error_code").GetInt32());
        Assert.Contains("Rate Limit", status.GetProperty("error_message").GetString());
        Assert.Equal(
            fresh.GetArrayLength(), (await host.ReadAsync("/coins/bitcoin/ohlc?vs_currency=usd&days=1&precision=2")).GetArrayLength());
    }

    [Fact]
    public async Task A_coins_market_is_newer_than_its_price_only_past_the_prices_whole_second()
    {
        await using var host = await CoinGeckoHost.StartAsync(servers);
        var (clock, markets) = (host.Api.Clock, new CoinMarketStore(host.Api.Database, host.Api.Clock));
        var second = clock.GetUtcNow().AddSeconds(-10).ToUnixTimeSeconds();
        (string Currency, int MillisecondsLater, int Served)[] cases =
            [("chf", -1, 1), ("jpy", 0, 1), ("gbp", 400, 1), ("aud", 999, 1), ("cad", 1000, 2)];
        foreach (var (currency, later, served) in cases)
        {
            AssetPrice PriceOf(decimal price, ProviderTime at) => new("tron", currency, price, null, null, null, at);
            await host.Api.Prices.AppendAsync([PriceOf(1, ProviderTime.FromUnixSeconds(second))], clock.GetUtcNow(), [], default);
            await markets.AppendAsync(
                [PriceOf(2, ProviderTime.FromUnixMilliseconds((second * 1000) + later))], clock.GetUtcNow(), [], default);

            Assert.Equal(
                $$$"""{"tron":{"{{{currency}}}":{{{served}}}}}""",
                await host.Api.ReadAsync($"/api/v3/simple/price?ids=tron&vs_currencies={currency}"));
        }
    }

    [Fact]
    public async Task One_request_brings_what_all_who_wait_ask_for_and_it_is_not_asked_for_again_while_it_is_fresh()
    {
        await using var host = await CoinGeckoHost.StartAsync(servers);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => host.ReadAsync(
            $"/coins/solana/market_chart?vs_currency=usd&days=30&interval=daily&precision={i % 2}")));
        Assert.All(answers, answer => Assert.Equal(31, answer.GetProperty("prices").GetArrayLength()));
        Assert.Equal(1, await TimesLearnedAsync(host, "solana"));
        await host.ReadAsync("/coins/solana/market_chart?vs_currency=usd&days=20&interval=daily");
        Assert.Equal(1, await TimesLearnedAsync(host, "solana"));
    }

    /// <summary>How often the chart of a coin was learned: each reply is known from another moment on.</summary>
    private static async Task<long> TimesLearnedAsync(CoinGeckoHost host, string asset) => await host.Api.ScalarAsync<long>(
        "SELECT count(DISTINCT known_at) FROM market.chart_points WHERE asset = $1", asset);
}
