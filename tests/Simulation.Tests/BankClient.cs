using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>One client of the bank, which does what its seed says until it is stopped. After a failure it repeats its request with its key
/// until it knows the end; now and then it gives up instead, and then nobody has told it what became of it.</summary>
internal sealed class BankClient(Bank bank, int seed)
{
    private const int MostThinking = 200;
    private const long MostAmount = 300_00;
    private const int LeastPatient = 20;
    private const int LongestHold = 40;
    private const int LeastDead = 10;
    private const int MostRefused = 20;

    private static readonly CancellationToken GivesUp = new(canceled: true);

    private readonly Random _random = new(seed);
    private readonly List<(Guid Wallet, string Hold, long Amount)> _holds = [];

    /// <summary>The last requests that were refused, which are sometimes asked again.</summary>
    private readonly Queue<Told> _refused = [];

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await OneAsync();
            await Eventually.AfterAsync(TimeSpan.FromMilliseconds(_random.Next(MostThinking)));
        }
    }

    private Task OneAsync() => _random.Next(100) switch
    {
        < 32 => TransferAsync(),
        < 40 => AskAgainAsync(),
        < 55 => HoldAsync(),
        < 70 => CaptureAsync(),
        < 76 => VoidAsync(),
        < 84 => RefundAsync(),
        < 92 => DepositAsync(),
        _ => WithdrawAsync(),
    };

    private Task TransferAsync()
    {
        var (from, to, amount) = (Any(bank.UsdWallets), AnyDestination(), AnyAmount());
        return from == to ? Task.CompletedTask : AskAsync(
            from, "/transfers", Told.TransferOut, -amount, $$"""{"to":"{{to}}","amount":"{{Bank.Text(amount)}}","currency":"USD"}""", to);
    }

    private async Task HoldAsync()
    {
        var (wallet, amount) = (Any(bank.UsdWallets), AnyAmount() / 4 + 1);

        // All have an end, else what clients forget or give up on would in time hold all the money.
        var end = TimeProvider.System.GetUtcNow().AddSeconds(_random.Next(1, LongestHold));
        var body = $$"""{"amount":"{{Bank.Text(amount)}}","currency":"USD","expires_at":"{{end:yyyy-MM-ddTHH:mm:ssZ}}"}""";
        if (await AskAsync(wallet, "/holds", Told.Hold, 0, body) is { } held)
        {
            _holds.Add((wallet, held.GetProperty("id").GetString()!, amount));
        }
    }

    private async Task CaptureAsync()
    {
        if (TakeHold() is not var (wallet, hold, held))
        {
            return;
        }

        var to = AnyDestination();
        var amount = _random.Next(2) == 0 ? held : _random.NextInt64(1, held + 1);
        if (to == wallet)
        {
            return;
        }

        var told = New(wallet, $"/holds/{hold}/capture", Told.Capture, -amount, $$"""{"amount":"{{Bank.Text(amount)}}","to":"{{to}}"}""", to);
        await AskAsync(told);
        if (Bank.IsForWhomItWas(told))
        {
            _holds.Add((wallet, hold, amount)); // at least so much is held again, and captured by another request
        }
    }

    private Task VoidAsync() => TakeHold() is var (wallet, hold, _)
        ? AskAsync(wallet, $"/holds/{hold}/void", Told.Void, 0, null)
        : Task.CompletedTask;

    /// <summary>Gives back a part of something that the wallet has received lately, to its sender.</summary>
    private async Task RefundAsync()
    {
        var wallet = Any(bank.UsdWallets);
        if (await bank.ReadAsync($"/wallets/{wallet}") is not { } view)
        {
            return;
        }

        var from = Math.Max(0, view.GetProperty("version").GetInt64() - 20);
        if (await bank.ReadAsync($"/wallets/{wallet}/entries?cursor={from}&limit=20") is not { } page)
        {
            return;
        }

        var received = page.GetProperty("data").EnumerateArray()
            .Where(entry => entry.GetProperty("kind").GetString() == "transfer_in").ToList();
        if (received.Count > 0)
        {
            var entry = received[_random.Next(received.Count)];
            var amount = _random.NextInt64(1, Bank.Minor(entry, "amount") + 1);
            await AskAsync(
                wallet, "/refunds", Told.Refund, -amount,
                $$"""{"entry_id":"{{entry.GetProperty("entry_id").GetString()}}","amount":"{{Bank.Text(amount)}}"}""",
                entry.GetProperty("counterparty").GetGuid());
        }
    }

    private Task DepositAsync()
    {
        var amount = AnyAmount();
        return AskAsync(Any(bank.EurWallets), "/deposits", Told.Deposit, amount, Bank.Body(amount, "EUR"));
    }

    private Task WithdrawAsync()
    {
        var amount = AnyAmount();
        return AskAsync(Any(bank.EurWallets), "/withdrawals", Told.Withdrawal, -amount, Bank.Body(amount, "EUR"));
    }

    private async Task AskAgainAsync()
    {
        if (_refused.TryDequeue(out var told))
        {
            await bank.AskAgainAsync(told, Patience());
            Remember(told);
        }
    }

    private Task<JsonElement?> AskAsync(Guid wallet, string below, short kind, long amount, string? body, Guid? other = null) =>
        AskAsync(New(wallet, below, kind, amount, body, other));

    private async Task<JsonElement?> AskAsync(Told told)
    {
        var answer = await bank.AskAsync(told, Patience());
        Remember(told);
        return answer;
    }

    private Told New(Guid wallet, string below, short kind, long amount, string? body, Guid? other) =>
        new($"/wallets/{wallet}{below}", bank.NewKey(), wallet, kind, amount, other) { Sent = body };

    private CancellationToken Patience() => _random.Next(LeastPatient) == 0 ? GivesUp : CancellationToken.None;

    private void Remember(Told told)
    {
        if (told.As != ToldAs.Refused)
        {
            return;
        }

        _refused.Enqueue(told);
        while (_refused.Count > MostRefused)
        {
            _refused.Dequeue();
        }
    }

    private (Guid Wallet, string Hold, long Amount)? TakeHold()
    {
        if (_holds.Count == 0)
        {
            return null;
        }

        var taken = _random.Next(_holds.Count);
        var hold = _holds[taken];
        _holds.RemoveAt(taken);
        return hold;
    }

    private Guid AnyDestination() => Any(_random.Next(LeastDead) == 0 ? bank.DeadWallets : bank.UsdWallets);

    private Guid Any(List<Guid> wallets) => wallets[_random.Next(wallets.Count)];

    private long AnyAmount() => _random.NextInt64(1, MostAmount);
}
