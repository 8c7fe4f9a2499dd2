using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>The bank's clients and two who look at it all the time, from their start to their end.</summary>
internal sealed class BankClients : IAsyncDisposable
{
    private const int Lookers = 2;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Bank _bank;
    private readonly Task _running;

    private BankClients(Bank bank, int clients, int seed)
    {
        _bank = bank;
        _running = Task.WhenAll([
            .. Enumerable.Range(1, clients).Select(number => Task.Run(() => new BankClient(bank, seed + number).RunAsync(_stopping.Token))),
            .. Enumerable.Range(1, Lookers).Select(number => Task.Run(() => LookAsync(new Random(seed - number)))),
        ]);
    }

    /// <summary>Opens the wallets and begins.</summary>
    public static async Task<BankClients> StartAsync(Bank bank, int clients, int seed)
    {
        await bank.OpenAsync();
        return new(bank, clients, seed);
    }

    /// <summary>Waits until so many more requests have come to their end, or to a fault.</summary>
    public async Task HaveGoneOnAsync(int answered, TimeSpan bound)
    {
        var before = _bank.Answered;
        await Eventually.HoldsAsync(
            () => !_bank.Faults.IsEmpty || _bank.Answered >= before + answered, bound,
            $"the clients go on; the service said:\n{_bank.Service.Output}");
        _bank.AssertFaultless();
    }

    /// <summary>Each brings its last request to an end.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task LookAsync(Random random)
    {
        while (!_stopping.IsCancellationRequested)
        {
            await _bank.LookAsync(random);
            await Eventually.AfterAsync(LookEvery);
        }
    }
}
