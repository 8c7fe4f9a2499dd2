using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>The rows of wallets.</summary>
public sealed class LedgerTable(
    IShardRegion<LedgerCommand, LedgerReply> wallets, LedgerReader reader, Func<LedgerSettings> settings, TimeProvider time,
    Requests requests)
{
    private const string Tag = "Wallets";
    private const string Path = "/wallets";
    private const string Wallet = Path + "/{id}";

    private const string Command =
        "Answered once it is committed. Done once for each idempotency key: a repetition gets the same answer with "
        + "Idempotent-Replayed: true, another body under the key is 422, and while the first is under way 409. "
        + "A refusal writes nothing and leaves the key free. "
        + "404: no wallet of this tenant. ";

    private const string Read = "What is committed. Only wallets of the caller's tenant, for an admin all.";

    private static readonly Parameter WalletId = new("id", "Of the wallet.", "0f8fad5b-d9cb-469f-a165-70867728950e", Required: true);
    private static readonly Parameter EntryId = new("entry", "The entry_id of an entry or of an answer.", "1", Required: true);
    private static readonly Parameter TransferId = WalletId with { Description = "Of the transfer." };
    private static readonly Parameter HoldId = WalletId with { Name = "hold", Description = "The id that making the hold answered." };

    private static readonly IReadOnlyList<Parameter> CreateHeaders =
    [
        new(CommandHeaders.LongName,
            "The caller's own, 1 to 255 visible ASCII characters, bare or in double quotes; Idempotency-Key is the same. Required.",
            "order-4711"),
    ];

    private static readonly IReadOnlyList<Parameter> ChangeHeaders =
    [
        .. CreateHeaders, new("If-Match", "The version that the wallet must have, else 412.", "\"1\""),
    ];

    private readonly WalletDesk desk = new(wallets, settings, time);
    private readonly WalletReads reads = new(reader, settings);
    private readonly MoneyCommands money = new(settings);
    private readonly HoldCommands holds = new(reader, settings);
    private readonly TransferCommands transfers = new(settings);
    private readonly StateCommands states = new(settings);

    /// <summary>For callers.</summary>
    public IEnumerable<ApiRoute> Rows() => [.. Commands(), .. Reads()];

    /// <summary>For operators.</summary>
    public IEnumerable<ApiRoute> AdminRows() =>
    [
        new("GET", "/admin/ledger/totals", Tag, "LedgerTotals", "All money of a currency",
            "One snapshot: what wallets hold, what is between shards, and the negative of what came in from outside. They sum to zero.",
            WalletReads.TotalsParameters, LedgerSchemas.TotalsExample, [503],
            requests.Handle(WalletReads.TotalsParameters, WalletReads.ParseTotals, reads.TotalsAsync)) { Schema = LedgerSchemas.Totals },
    ];

    private IEnumerable<ApiRoute> Commands() =>
    [
        new("POST", Path, Tag, "CreateWallet", "Open a wallet", Command, [], LedgerSchemas.WalletExample, [409, 413, 415, 422, 503],
            Handler(money.Create), MoneyCommands.CreateBody)
        {
            Schema = LedgerSchemas.Wallet, Success = StatusCodes.Status201Created, Headers = CreateHeaders,
            BodyForm = CommandSchemas.Create,
        },
        Change("/deposits", "Deposit", "Money comes in from outside", "", MoneyCommands.MoneyBody, CommandSchemas.Deposit, money.Deposit),
        Change("/withdrawals", "Withdraw", "Money goes out", "", MoneyCommands.WithdrawalBody, CommandSchemas.Withdrawal,
            money.Withdraw),
        Change("/holds", "PlaceHold", "Set money aside",
            "What is held is not available. Past its time a hold can't be captured.", HoldCommands.HoldBody, CommandSchemas.Hold,
            holds.Place),
        Change("/holds/{hold}/capture", "CaptureHold", "Take what was set aside", "", HoldCommands.CaptureBody, CommandSchemas.Capture,
            holds.Capture),
        Change("/holds/{hold}/void", "VoidHold", "Free what was set aside", "", StateCommands.Body, CommandSchemas.Note, holds.Void),
        Change("/refunds", "Refund", "Give an entry back",
            "A deposit to the outside, a withdrawal from it, a transfer received to its sender; what was exchanged can't be.",
            HoldCommands.RefundBody, CommandSchemas.Refund,
            holds.Refund),
        Change("/transfers", "Transfer", "Pay to other wallets, of any tenant",
            "201 only after all of it is done; 422 where it was undone; 202 with Location where it hasn't ended within "
            + "akkacrypto.actors.deadline: it will.", TransferCommands.Body, CommandSchemas.Transfer, transfers.Read),
        Change("/freeze", "FreezeWallet", "Let nothing leave a wallet", "Money may still come in.", StateCommands.Body, CommandSchemas.Note,
            states.Freeze),
        Change("/unfreeze", "UnfreezeWallet", "Undo a freeze", "", StateCommands.Body, CommandSchemas.Note, states.Unfreeze),
        Change("/close", "CloseWallet", "Close a wallet for ever", "It must be empty.", StateCommands.Body, CommandSchemas.Note,
            states.Close),
    ];

    private IEnumerable<ApiRoute> Reads()
    {
        var statement = new Statement(reader, reads);
        return
        [
            new("GET", Wallet, Tag, "Wallet", "A wallet as it is, or as it was", Read + " ETag is the version that If-Match names.",
                WalletReads.WalletParameters, LedgerSchemas.WalletExample, [404, 503],
                requests.HandleContext(WalletReads.WalletParameters, WalletReads.ParseWallet, reads.WalletAsync), Named: WalletId)
            {
                Schema = LedgerSchemas.Wallet, DataHeaders = ["ETag"],
            },
            new("GET", Wallet + "/entries", Tag, "WalletEntries", "The entries of a wallet, the oldest first, in pages", Read,
                WalletReads.EntryParameters, LedgerSchemas.EntriesExample, [404, 503],
                requests.HandleContext(WalletReads.EntryParameters, WalletReads.ParseEntries, reads.EntriesAsync), Named: WalletId)
            {
                Schema = LedgerSchemas.Entries,
            },
            new("GET", Wallet + "/entries/{entry}/receipt", Tag, "EntryReceipt", "The signed proof of an entry",
                Read + " 'akkacrypto verify-ledger --receipt' checks it without this service. Amounts are in minor units, as they are "
                + "hashed. 404 entry_not_sealed: the entry is from before commits were signed.",
                [], LedgerSchemas.ReceiptExample, [404, 503],
                requests.HandleContext([], static _ => NoRequest.Instance, reads.ReceiptAsync), Named: WalletId)
            {
                Schema = LedgerSchemas.Receipt, AlsoNamed = EntryId,
            },
            new("GET", Wallet + "/statement", Tag, "WalletStatement", "The entries of a time as CSV", Read,
                WalletReads.StatementParameters, LedgerSchemas.StatementExample, [404, 503],
                requests.HandleStream(WalletReads.StatementParameters, Statement.Parse, [Media.Csv], statement.WriteAsync),
                Named: WalletId, Media: Media.Csv),
            new("GET", "/transfers/{id}", Tag, "TransferState", "How far a transfer is",
                "For the tenant of the wallet that pays. Captures and refunds that pay to a wallet are transfers too.", [],
                LedgerSchemas.TransferExample, [404, 503],
                requests.HandleContext([], static _ => NoRequest.Instance, reads.TransferAsync), Named: TransferId)
            {
                Schema = LedgerSchemas.Transfer,
            },
        ];
    }

    private ApiRoute Change(
        string below, string name, string summary, string description, string body, BodyForm form,
        Func<CommandRequest, ValueTask<ReadCommand>> read) =>
        new("POST", Wallet + below, Tag, name, summary, Command + description, [], LedgerSchemas.MutationExample,
            [404, 409, 412, 413, 415, 422, 503], Handler(read), body, Named: WalletId)
        {
            Schema = LedgerSchemas.Mutation, Success = StatusCodes.Status201Created, Headers = ChangeHeaders, BodyForm = form,
            AlsoNamed = below.Contains("{hold}", StringComparison.Ordinal) ? HoldId : null,
        };

    private RequestDelegate Handler(Func<CommandRequest, ValueTask<ReadCommand>> read) =>
        requests.HandleCommand((context, body) => desk.AnswerAsync(context, body, read));
}
