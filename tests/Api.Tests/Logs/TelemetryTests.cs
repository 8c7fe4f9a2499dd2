using System.Collections.Concurrent;
using System.Text;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace AkkaCrypto.Api.Tests.Logs;

/// <summary>A collector in the test takes what is sent by OTLP over HTTP, as protobuf; names stand in it as plain text.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_request_is_a_span_below_its_callers_trace_and_its_trace_id_is_the_errors()
    {
        await using var collector = await Collector.StartAsync();
        await using var api = await ApiHost.StartAsync();
        await using (collector.Telemetry(api))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/trades?exchange=coinone&pair=nope", UriKind.Relative));
            request.Headers.Add("X-API-Key", TestSettings.UserKey);
            request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            using var refused = await api.Client.SendAsync(request);
            Assert.Contains(
                "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await Eventually.HoldsAsync(() => collector.Of("/v1/traces").Contains("GET /trades", StringComparison.Ordinal));

            // At a stop spans are sent for a second at most: enough now that all of it has been compiled.
            using var last = await api.GetAsync("/orderbook?exchange=coinone&pair=nope");
            await api.StopAsync();
        }

        var traces = collector.Of("/v1/traces");
        Assert.Contains("GET /orderbook", traces, StringComparison.Ordinal);
        Assert.Contains("http.response.status_code", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("pair=nope", traces, StringComparison.Ordinal);
        Assert.DoesNotContain(TestSettings.UserKey, traces, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_feeds_do_is_exported_as_metrics()
    {
        await using var collector = await Collector.StartAsync();
        await using var api = await ApiHost.StartAsync();
        await using var telemetry = collector.Telemetry(api);
        await Eventually.HoldsAsync(
            () => collector.Of("/v1/metrics").Contains("akkacrypto.upstream.budget.left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_sends_the_metrics_since_the_last_time()
    {
        await using var first = await Collector.StartAsync();
        await using var collector = await Collector.StartAsync();
        await using var api = await ApiHost.StartAsync();
        await using (first.Telemetry(api))
        {
            // A stop has a second for them: enough once all of it has been compiled.
            await Eventually.HoldsAsync(() => first.Of("/v1/metrics").Length > 0);
        }

        await using (collector.Telemetry(api, TimeSpan.FromHours(1)))
        {
            Assert.Equal("", collector.Of("/v1/metrics"));
        }

        Assert.Contains("akkacrypto.upstream.budget.left", collector.Of("/v1/metrics"), StringComparison.Ordinal);
    }

    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, string Body)> received) : IAsyncDisposable
    {
        public static async Task<Collector> StartAsync()
        {
            var received = new ConcurrentQueue<(string, string)>();
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            var collector = builder.Build();
            collector.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
            });
            await collector.StartAsync();
            return new Collector(collector, received);
        }

        /// <param name="metricsEvery">Null: a tenth of a second.</param>
        public Telemetry Telemetry(ApiHost api, TimeSpan? metricsEvery = null)
        {
            var settings = TestSettings.Create();
            var exported = settings.Telemetry with
            {
                OtlpEndpoint = app.Urls.Single(), MetricsEvery = metricsEvery ?? TimeSpan.FromMilliseconds(100),
            };
            return AkkaCrypto.Api.Logs.Telemetry.Start(settings with { Telemetry = exported }, api.Parts);
        }

        public string Of(string path) => string.Concat(received.Where(sent => sent.Path == path).Select(sent => sent.Body));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
