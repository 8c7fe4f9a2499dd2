using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Answers of what is committed: wallets, their entries and statements, transfers, totals.</summary>
public sealed class WalletReads(LedgerReader reader, Func<LedgerSettings> settings)
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    public static readonly IReadOnlyList<Parameter> WalletParameters =
        [new("as_of", "As it was then; ISO 8601 or Unix seconds.", "2026-01-31T12:00:00Z")];

    public static readonly IReadOnlyList<Parameter> EntryParameters =
    [
        new("cursor", "next_cursor of an earlier answer.", "100"),
        new("limit", "1 to 1000, default 100.", "100", IsInteger: true),
    ];

    public static readonly IReadOnlyList<Parameter> StatementParameters =
    [
        new("from", "At or after it, default all; ISO 8601 or Unix seconds.", "2026-01-01T00:00:00Z"),
        new("to", "Before it, default all; ISO 8601 or Unix seconds.", "2026-02-01T00:00:00Z"),
    ];

    public static readonly IReadOnlyList<Parameter> TotalsParameters =
        [new("currency", "Its code.", "USD", Required: true)];

    public sealed record WalletRequest(DateTimeOffset? AsOf);

    public sealed record EntriesRequest(long From, int Limit);

    public sealed record TotalsRequest(string Currency);

    public static WalletRequest ParseWallet(Query query) => new(query.Time("as_of"));

    public static EntriesRequest ParseEntries(Query query)
    {
        var from = 0L;
        if (query.Optional("cursor") is { } text && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out from))
        {
            query.Fault("cursor", "must be a next_cursor of an earlier answer");
        }

        return new(from, query.Integer("limit", DefaultLimit, 1, MostLimit));
    }

    public static TotalsRequest ParseTotals(Query query) => new(query.Required("currency"));

    /// <summary>Whether there is such a wallet for the caller: its own tenant's, or any for an admin.</summary>
    public static bool IsFor(WalletView? wallet, Caller caller) =>
        wallet is not null && (wallet.Tenant == caller.Tenant || caller.Role == ApiRole.Admin);

    public async ValueTask<Answer> WalletAsync(HttpContext context, WalletRequest request)
    {
        if (await FindAsync(context, request.AsOf) is not { } wallet)
        {
            return LedgerProblems.WalletNotFound;
        }

        if (request.AsOf is null)
        {
            context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{wallet.Version}\"");
        }

        return Answer.Of(Encoding.UTF8.GetBytes(wallet.Json()));
    }

    public async ValueTask<Answer> EntriesAsync(HttpContext context, EntriesRequest request)
    {
        if (await FindAsync(context) is not { } wallet)
        {
            return LedgerProblems.WalletNotFound;
        }

        var entries = await reader.EntriesAsync(wallet.Id, request.From, request.Limit, context.RequestAborted);
        return Encoded(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var entry in entries)
            {
                EntryText.Write(json, entry, wallet.Decimals);
            }

            json.WriteEndArray();
            json.WriteString("next_cursor"u8, entries.Count == request.Limit ? EntryText.Number(entries[^1].Version + 1) : null);
            json.WriteEndObject();
        });
    }

    /// <summary>The proof of an entry, which holds without this service.</summary>
    public async ValueTask<Answer> ReceiptAsync(HttpContext context, NoRequest request)
    {
        if (await FindAsync(context) is not { } wallet)
        {
            return LedgerProblems.WalletNotFound;
        }

        if (!long.TryParse(
            context.Request.RouteValues["entry"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return LedgerProblems.EntryNotFound;
        }

        var (isThere, receipt) = await reader.ReceiptAsync(wallet.Id, version, context.RequestAborted);
        return receipt is not null ? Answer.Of(ReceiptJson.Write(receipt))
            : isThere ? LedgerProblems.NotSealed
            : LedgerProblems.EntryNotFound;
    }

    /// <summary>Of the tenant of the wallet that pays.</summary>
    public async ValueTask<Answer> TransferAsync(HttpContext context, NoRequest request)
    {
        if (!WalletDesk.TryReadWallet(context, out var id)
            || await reader.TransferRecordAsync(id, context.RequestAborted) is not { } transfer
            || !IsFor(await reader.WalletAsync(transfer.Source, null, context.RequestAborted), Caller.Of(context)!))
        {
            return LedgerProblems.TransferNotFound;
        }

        return Encoded(json => Write(json, transfer));
    }

    public async ValueTask<Answer> TotalsAsync(TotalsRequest request, CancellationToken cancellationToken)
    {
        if (!settings().Currencies.TryGetValue(request.Currency, out var decimals))
        {
            return Problem.Invalid("currency", "must be the code of a currency of akkacrypto.ledger.currencies, such as USD");
        }

        var totals = await reader.TotalsAsync(request.Currency, cancellationToken);
        return Encoded(json =>
        {
            json.WriteStartObject();
            json.WriteString("balances"u8, Amount.FormatSum(totals.Balances, decimals));
            json.WriteString("in_transit"u8, Amount.FormatSum(totals.InTransit, decimals));
            json.WriteString("external"u8, Amount.FormatSum(totals.External, decimals));
            json.WriteEndObject();
        });
    }

    /// <summary>The wallet of the path as it is for the caller; null: it isn't there.</summary>
    internal async Task<WalletView?> FindAsync(HttpContext context, DateTimeOffset? asOf = null)
    {
        var wallet = WalletDesk.TryReadWallet(context, out var id) ? await reader.WalletAsync(id, asOf, context.RequestAborted) : null;
        return IsFor(wallet, Caller.Of(context)!) ? wallet : null;
    }

    private static void Write(Utf8JsonWriter json, TransferRecord transfer)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, transfer.Id);
        json.WriteString("state"u8, transfer.State switch
        {
            TransferProgress.Pending => "pending",
            TransferProgress.Done => "done",
            TransferProgress.Undone => "undone",
        });
        json.WriteString("from"u8, transfer.Source);
        json.WriteString("currency"u8, transfer.Currency);
        json.WriteString("started_at"u8, transfer.StartedAt.UtcDateTime);
        json.WriteStartArray("legs"u8);
        foreach (var leg in transfer.Legs)
        {
            json.WriteStartObject();
            json.WriteString("to"u8, leg.To);
            json.WriteString("amount"u8, Amount.Format(leg.Debit, transfer.Decimals));
            json.WriteString("credit"u8, Amount.Format(leg.Credit, leg.Decimals));
            json.WriteString("credit_currency"u8, leg.Currency);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Answer Encoded(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Answer.Of(buffer.WrittenMemory);
    }
}
