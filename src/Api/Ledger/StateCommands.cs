using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Reads what freezes, unfreezes and closes a wallet.</summary>
public sealed class StateCommands(Func<LedgerSettings> settings)
{
    public const string Body = "None, or {\"reference\": \"a note of 1 to 255 characters\"}.";

    public ValueTask<ReadCommand> Freeze(CommandRequest request) =>
        Read(request, "/freeze", key => new Freeze(request.Wallet, key));

    public ValueTask<ReadCommand> Unfreeze(CommandRequest request) =>
        Read(request, "/unfreeze", key => new Unfreeze(request.Wallet, key));

    public ValueTask<ReadCommand> Close(CommandRequest request) =>
        Read(request, "/close", key => new CloseWallet(request.Wallet, key));

    private ValueTask<ReadCommand> Read(CommandRequest request, string below, Func<RequestKey, WalletRequest> make)
    {
        var body = CommandBody.Read(request.Body, settings().Currencies, "reference");
        var reference = body.Reference();
        return new(ReadCommand.Of(body, () => make(request.Key(below)) with { Reference = reference }));
    }
}
