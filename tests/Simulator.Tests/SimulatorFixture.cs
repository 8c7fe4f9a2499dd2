using System.Net.Http.Headers;
using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>A running simulator on a fixed seed and a fake clock, and a client for it.</summary>
internal sealed class RunningSimulator : IAsyncDisposable
{
    public const long Seed = 20_260_101;

    public static readonly DateTimeOffset Start = new(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero);

    private RunningSimulator(SimulatorServer server, FakeTimeProvider time)
    {
        Server = server;
        Time = time;
        Http = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(30) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a-token");
    }

    public SimulatorServer Server { get; }

    public FakeTimeProvider Time { get; }

    public HttpClient Http { get; }

    public static async Task<RunningSimulator> StartAsync(Func<SimulatorOptions, SimulatorOptions>? change = null)
    {
        var time = new FakeTimeProvider(Start);
        var options = new SimulatorOptions(Seed);
        return new RunningSimulator(await SimulatorServer.StartAsync(change?.Invoke(options) ?? options, time), time);
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> JsonAsync(string path, int status = 200)
    {
        var (actual, body) = await GetAsync(path);
        Assert.True(actual == status, $"{path}: HTTP {actual}, expected {status}: {body[..Math.Min(300, body.Length)]}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
