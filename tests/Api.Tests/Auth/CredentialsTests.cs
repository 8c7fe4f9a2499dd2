using AkkaCrypto.Api.Auth;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Api.Tests.Auth;

public sealed class CredentialsTests
{
    private const string Coins = "/api/v3/simple/price";

    private static (Credentials Read, string Query) Take(string path, string query, params (string Name, string Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        (request.Path, request.QueryString) = (path, new QueryString(query));
        foreach (var (name, value) in headers)
        {
            request.Headers.Append(name, value);
        }

        return (Credentials.Take(request), request.QueryString.Value ?? "");
    }

    [Theory]
    [InlineData("x-cg-demo-api-key")]
    [InlineData("x-cg-pro-api-key")]
    [InlineData("X-CG-PRO-API-KEY")]
    public void CoinGeckos_headers_bring_a_key_on_its_paths_alone(string header)
    {
        Assert.Equal(new Credentials("k", null, false), Take(Coins, "", (header, "k")).Read);
        Assert.Equal(new Credentials(), Take("/simple_price", "", (header, "k")).Read);
        Assert.Equal(new Credentials(), Take("/api/v30/ping", "", (header, "k")).Read);
    }

    [Theory]
    [InlineData("?x_cg_demo_api_key=k", "")]
    [InlineData("?x_cg_pro_api_key=k&ids=bitcoin", "?ids=bitcoin")]
    [InlineData("?ids=bitcoin%2Cethereum&x_cg_demo_api_key=k&vs=usd", "?ids=bitcoin%2Cethereum&vs=usd")]
    [InlineData("?ids=a&x%5Fcg%5Fdemo%5Fapi%5Fkey=k", "?ids=a")]
    [InlineData("?x_cg_demo_api_key=k&x_cg_pro_api_key=k", "")]
    public void A_key_in_the_query_is_read_and_taken_out_of_it(string query, string left)
    {
        var (read, after) = Take(Coins, query);
        Assert.Equal((new Credentials("k", null, false), left), (read, after));
    }

    [Fact]
    public void An_empty_key_in_the_query_is_none()
    {
        Assert.Equal((new Credentials(), "?ids=a"), Take(Coins, "?ids=a&x_cg_demo_api_key="));
        Assert.Equal((new Credentials("k", null, false), ""), Take(Coins, "?x_cg_pro_api_key=", ("X-API-Key", "k")));
    }

    [Fact]
    public void Elsewhere_a_query_stays_as_it_is()
    {
        Assert.Equal((new Credentials(), "?x_cg_demo_api_key=k"), Take("/simple_price", "?x_cg_demo_api_key=k"));
        Assert.Equal((new Credentials(), "?ids=a%20b"), Take(Coins, "?ids=a%20b"));
    }

    [Fact]
    public void Two_that_differ_are_several_and_the_same_one_twice_is_one()
    {
        Assert.True(Take(Coins, "?x_cg_demo_api_key=a", ("X-API-Key", "b")).Read.Several);
        Assert.True(Take(Coins, "?x_cg_demo_api_key=a&x_cg_demo_api_key=b").Read.Several);
        Assert.True(Take(Coins, "", ("x-cg-demo-api-key", "a"), ("x-cg-pro-api-key", "b")).Read.Several);
        Assert.True(Take("/trades", "", ("X-API-Key", "a"), ("Authorization", "Bearer t")).Read.Several);
        Assert.True(Take("/trades", "", ("Authorization", "Bearer t"), ("Authorization", "Bearer u")).Read.Several);
        Assert.Equal(new Credentials("a", null, false), Take(Coins, "?x_cg_pro_api_key=a", ("X-API-Key", "a")).Read);
    }

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer  abc ", "abc")]
    [InlineData("Bearer ", "")]
    public void A_bearer_token_is_read_without_its_scheme(string header, string token) =>
        Assert.Equal(token, Take("/trades", "", ("Authorization", header)).Read.Token.ToString());

    [Fact]
    public void Another_scheme_is_no_credential_of_ours() =>
        Assert.Equal(new Credentials("a", null, false), Take("/trades", "", ("Authorization", "Basic xyz"), ("X-API-Key", "a")).Read);
}
