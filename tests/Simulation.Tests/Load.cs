namespace AkkaCrypto.Simulation.Tests;

/// <summary>Callers that read all routes until they are stopped; whatever they are answered, it is never a 500.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Callers = 4;

    private static readonly string[] Paths =
    [
        "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw",
        "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily",
        "/trades?exchange=coinone&pair=btc-krw",
        "/orderbook?exchange=coinone&pair=btc-krw",
        "/onchain?asset=bitcoin&metric=exchange_netflow",
        "/internal-api/coinone-worker/public/trades?quote=krw&target=btc",
    ];

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _callers;

    private Load(ServiceProcess service) =>
        _callers = [.. Enumerable.Range(0, Callers).Select(caller => CallAsync(service, caller, _stopping.Token))];

    public static Load On(ServiceProcess service) => new(service);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_callers);
        _stopping.Dispose();
    }

    private static async Task CallAsync(ServiceProcess service, int caller, CancellationToken stopping)
    {
        for (var i = caller; !stopping.IsCancellationRequested; i++)
        {
            try
            {
                using var response = await service.Http.GetAsync(Paths[i % Paths.Length], stopping);
                Assert.True((int)response.StatusCode != 500,
                    $"{Paths[i % Paths.Length]} answered 500: {await response.Content.ReadAsStringAsync(stopping)}");
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or ObjectDisposedException)
            {
                // The service was killed under the call: that is what this load is for.
                await Task.Yield();
            }
        }
    }
}
