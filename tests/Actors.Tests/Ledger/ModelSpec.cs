using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using FsCheck;
using FsCheck.Fluent;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Any sequence of commands on a few wallets ends as a plain sequential model says, refusals included.</summary>
public sealed class ModelSpec
{
    private const ulong Seed = 20261127;
    private const int Wallets = 4;

    private static readonly Gen<(int Kind, int Wallet, int Other, int Amount, int Key)> Steps =
        Gen.Choose(0, 13).SelectMany(kind => Gen.Choose(0, Wallets).SelectMany(wallet => Gen.Choose(0, Wallets).SelectMany(
            other => Gen.Choose(1, 60).SelectMany(amount => Gen.Choose(0, 400).Select(key => (kind, wallet, other, amount, key))))));

    [Fact]
    public void Any_sequence_of_commands_equals_the_sequential_model()
    {
        var seen = new Dictionary<LedgerCode, int>();
        foreach (var run in Steps.ArrayOf(400).Sample(60, new Rnd(Seed), 1))
        {
            Compare(run, seen);
        }

        // The sequences reach all that they could.
        Assert.All(
            [
                LedgerCode.Done, LedgerCode.KeyReused, LedgerCode.WalletNotFound, LedgerCode.WalletClosed, LedgerCode.HoldNotFound,
                LedgerCode.HoldEnded, LedgerCode.EntryNotFound, LedgerCode.NotRefundable, LedgerCode.RefundTooLarge,
                LedgerCode.CaptureTooLarge, LedgerCode.DestinationNotFound, LedgerCode.SameWallet, LedgerCode.DestinationClosed,
                LedgerCode.WalletFrozen, LedgerCode.InsufficientFunds, LedgerCode.NotEmpty,
            ],
            code => Assert.InRange(seen.GetValueOrDefault(code), 5, int.MaxValue));
    }

    private static void Compare(IEnumerable<(int Kind, int Wallet, int Other, int Amount, int Key)> run, Dictionary<LedgerCode, int> seen)
    {
        var wallets = new LedgerRunner();
        var model = new SequentialModel();
        var holds = new List<Guid>();
        foreach (var step in run)
        {
            var request = Request(step, wallets, holds);
            var (expected, actual) = (model.Tell(request), wallets.Tell(request).Code);
            Assert.True(expected == actual, $"{request}: the model says {expected}, the ledger {actual}.");
            seen[actual] = seen.GetValueOrDefault(actual) + 1;
            if (request is PlaceHold && actual == LedgerCode.Done)
            {
                holds.Add(request.OperationId);
            }
        }

        foreach (var (id, wallet) in model.Wallets)
        {
            var state = wallets.Wallet(id)!;
            Assert.Equal((wallet.Balance, wallet.Held, wallet.Version), (state.Balance, state.Held, state.Version));
            Assert.True(state.Available >= 0);
        }

        wallets.AssertBalanced();
    }

    private static WalletRequest Request(
        (int Kind, int Wallet, int Other, int Amount, int Key) step, LedgerRunner wallets, List<Guid> holds)
    {
        var (kind, number, otherNumber, amount, keyNumber) = step;
        var (wallet, other) = (IdOf(number), IdOf(otherNumber));
        var key = new RequestKey("acme", $"/{kind}", $"{keyNumber}", Digests.Of($"{number} {otherNumber} {amount}"));
        var hold = holds.Count == 0 || amount > 55 ? Guid.Empty : holds[keyNumber % holds.Count];
        return kind switch
        {
            0 => new CreateWallet(new("acme", "/0", $"wallet {number % Wallets}", Digests.Of("create")), "USD", 2, 20),
            1 or 2 => new Deposit(wallet, key, amount, "USD"),
            3 => new Withdraw(wallet, key, amount, "USD"),
            4 or 5 => new Transfer(wallet, key, "USD", [new(other, amount, amount, "USD")]),
            6 or 7 => new PlaceHold(wallet, key, amount, "USD", null),
            8 => new CaptureHold(wallet, key, hold, amount > 30 ? null : amount, otherNumber % 2 == 0 ? null : other),
            9 => new VoidHold(wallet, key, hold),
            10 => new Refund(wallet, key, amount, otherNumber > 2 ? null : amount),
            11 when amount > 40 => new Freeze(wallet, key),
            12 when amount > 55 => new CloseWallet(wallet, key),
            _ => new Unfreeze(wallet, key),
        };
    }

    /// <summary>The last one is never created.</summary>
    private static Guid IdOf(int wallet) => new RequestKey("acme", "/0", $"wallet {wallet}", Guid.Empty).Digest;
}
