using System.Net;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>One service with wallets for all tests of a class, each of which opens wallets of its own.</summary>
public sealed class WalletHost(ServerFixture servers) : IAsyncLifetime
{
    private HttpClient _client = new();
    private int _keys;

    /// <summary>Of the settings, before the start.</summary>
    public Func<AkkaCryptoSettings, AkkaCryptoSettings> Change { get; init; } = static settings => settings;

    public Uri Address => _client.BaseAddress!;

    public RealHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => await StartAsync(beside: null);

    /// <summary>Stops the service; requests that are under way see how.</summary>
    public async Task StopAsync() => await Host.DisposeAsync();

    /// <summary>Starts it again on the same database.</summary>
    public Task RestartAsync() => StartAsync(Host);

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        _client.Dispose();
    }

    private async Task StartAsync(RealHost? beside)
    {
        Host = await RealHost.StartAsync(
            servers, settings => Change(settings with { Node = new NodeSettings([NodeRole.Api, NodeRole.Wallets]) }), beside);
        _client.Dispose();
        _client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 })
        {
            BaseAddress = Host.Client.BaseAddress,
        };
    }

    /// <param name="key">Of the request; null: one of its own.</param>
    /// <param name="headers">As <c>Name: value</c>, in place of the idempotency key where they name one.</param>
    public async Task<Reply> PostAsync(
        string path, string? body, string? key = null, string caller = TestSettings.UserKey, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Content = body is null ? null : ApiHost.Json(body);
        request.Headers.Add("X-API-Key", caller);
        foreach (var header in headers)
        {
            var parts = header.Split(": ", 2);
            request.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        if (!headers.Any(header => header.Contains("Idempotency-Key", StringComparison.Ordinal)))
        {
            request.Headers.TryAddWithoutValidation("X-Idempotency-Key", key ?? $"key-{Interlocked.Increment(ref _keys)}");
        }

        return await Reply.OfAsync(await _client.SendAsync(request));
    }

    public async Task<Reply> GetAsync(string path, string caller = TestSettings.UserKey) =>
        await Reply.OfAsync(await Host.SendAsync(HttpMethod.Get, path, caller));

    /// <summary>Opens a wallet, with a deposit if there is one.</summary>
    public async Task<string> WalletAsync(string? balance = null, string currency = "USD", string caller = TestSettings.UserKey)
    {
        var id = (await PostAsync("/wallets", $$"""{"currency":"{{currency}}"}""", caller: caller)).Is(201).Text("id");
        if (balance is not null)
        {
            (await PostAsync($"/wallets/{id}/deposits", Money(balance, currency), caller: caller)).Is(201);
        }

        return id;
    }

    public static string Money(string amount, string currency = "USD") => $$"""{"amount":"{{amount}}","currency":"{{currency}}"}""";

    public sealed record Reply(int Status, string Body, HttpResponseMessage Message)
    {
        public bool IsReplay => Message.Headers.Contains("Idempotent-Replayed");

        public static async Task<Reply> OfAsync(HttpResponseMessage message) =>
            new((int)message.StatusCode, await message.Content.ReadAsStringAsync(), message);

        public Reply Is(int status, string? code = null)
        {
            Assert.True(Status == status, $"{Message.RequestMessage?.RequestUri}: {Status} {Body}");
            if (code is not null)
            {
                Assert.Equal(code, Text("code"));
            }

            return this;
        }

        public string Text(string name) => JsonDocument.Parse(Body).RootElement.GetProperty(name).ToString();
    }
}
