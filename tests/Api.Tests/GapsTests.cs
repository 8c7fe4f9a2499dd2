using System.Net;
using System.Text.Json;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Tests;

public sealed class GapsTests
{
    [Fact]
    public async Task A_gap_is_shown_with_its_bounds_its_state_and_its_attempts()
    {
        await using var api = await ApiHost.StartAsync();
        api.Gaps.Add(7);
        using var response = await api.GetAsync("/admin/gaps", TestSettings.AdminKey);
        Assert.Equal(
            """{"data":[{"id":7,"provider":"coinone","dataset":"trades","series":"btc-krw","after":"2026-01-31T12:00:00.000Z","after_id":"a","before":"2026-01-31T12:05:00.000Z","before_id":"b","state":"open","reason":"window passed","detected_at":"2026-01-31T12:00:00.000Z","attempts":2,"last_attempt_at":"2026-01-31T12:00:00.000Z","next_attempt_at":"2026-01-31T13:00:00.000Z","filled_at":null,"last_error":"no answer"}],"next_cursor":null}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Pages_lead_on_to_the_end_and_each_gap_comes_once()
    {
        await using var api = await ApiHost.StartAsync();
        for (var id = 1; id <= 7; id++)
        {
            api.Gaps.Add(id * 10);
        }

        var (ids, cursor) = (new List<long>(), "");
        do
        {
            var page = await ReadAsync(api, "?limit=3" + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(gap => gap.GetProperty("id").GetInt64()));
            cursor = page.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        Assert.Equal(Enumerable.Range(1, 7).Select(n => n * 10L), ids);
    }

    [Fact]
    public async Task Without_a_state_the_filled_are_left_out()
    {
        await using var api = await ApiHost.StartAsync();
        api.Gaps.Add(1);
        api.Gaps.Add(2, GapState.Filled);
        api.Gaps.Add(3, GapState.Unfillable, "eth-krw");

        Assert.Equal([1, 3], await IdsAsync(api, ""));
        Assert.Equal([2], await IdsAsync(api, "?state=filled"));
        Assert.Equal([3], await IdsAsync(api, "?state=unfillable&provider=coinone&dataset=trades&series=eth-krw"));
    }

    [Theory]
    [InlineData("state=gone", "state")]
    [InlineData("provider=%00", "provider")]
    [InlineData("dataset=A", "dataset")]
    [InlineData("series=a%00b", "series")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("cursor=YnwxfDE", "cursor")] // b|1|1: another list's
    [InlineData("from=2026-01-01", "from")]
    [InlineData("state=open&state=filled", "state")]
    public async Task A_wrong_parameter_is_a_400_that_names_its_field(string query, string field)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/admin/gaps?" + query, TestSettings.AdminKey);

        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task It_is_for_admins()
    {
        await using var api = await ApiHost.StartAsync();
        using var user = await api.GetAsync("/admin/gaps");
        using var nobody = await api.GetAsync("/admin/gaps", key: null);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized), (user.StatusCode, nobody.StatusCode));
    }

    private static async Task<List<long>> IdsAsync(ApiHost api, string query) =>
        [.. (await ReadAsync(api, query)).GetProperty("data").EnumerateArray().Select(gap => gap.GetProperty("id").GetInt64())];

    private static async Task<JsonElement> ReadAsync(ApiHost api, string query)
    {
        using var response = await api.GetAsync("/admin/gaps" + query, TestSettings.AdminKey);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
