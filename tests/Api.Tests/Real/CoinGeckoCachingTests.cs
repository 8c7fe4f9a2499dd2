using System.Net;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoCachingTests(CoinGeckoFixture fixture) : IClassFixture<CoinGeckoFixture>
{
    [Theory]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=usd")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=30")]
    [InlineData("/coins/markets?vs_currency=usd&ids=bitcoin")]
    [InlineData("/global")]
    public async Task A_client_that_has_the_answer_is_told_so_for_nothing(string path)
    {
        using var first = await GetAsync(path, TestSettings.AdminKey, tag: null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.NotNull(first.Headers.ETag);
        for (var i = 0; i < TestSettings.SmallQuota * 3; i++)
        {
            using var again = await GetAsync(path, TestSettings.SmallKey, first.Headers.ETag!.ToString());
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        }
    }

    private Task<HttpResponseMessage> GetAsync(string path, string key, string? tag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v3" + path);
        request.Headers.Add("x-cg-demo-api-key", key);
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        return fixture.Host.Api.Client.SendAsync(request);
    }
}
