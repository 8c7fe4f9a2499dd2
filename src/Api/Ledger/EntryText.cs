using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Entries as callers see them, in JSON and as lines of CSV (RFC 4180).</summary>
public static class EntryText
{
    public const string Columns =
        "entry_id,time,kind,amount,balance,held,currency,state,operation_id,hold_id,counterparty,refund_of,reference\r\n";

    private const string TimeForm = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    public static void Write(Utf8JsonWriter json, Entry entry, int decimals)
    {
        json.WriteStartObject();
        json.WriteString("entry_id"u8, Number(entry.Version));
        json.WriteString("time"u8, Time(entry));
        json.WriteString("kind"u8, EntryNames.Of(entry.Kind));
        json.WriteString("amount"u8, Amount.Format(entry.Amount, decimals));
        json.WriteString("balance"u8, Amount.Format(entry.Balance, decimals));
        json.WriteString("held"u8, Amount.Format(entry.Held, decimals));
        json.WriteString("currency"u8, entry.Currency);
        json.WriteString("state"u8, EntryNames.Of(entry.Status));
        json.WriteString("operation_id"u8, entry.Operation);
        json.WriteString("hold_id"u8, entry.Hold?.ToString());
        json.WriteString("counterparty"u8, entry.Counterparty?.ToString());
        json.WriteString("refund_of"u8, entry.RefundOf is { } refunded ? Number(refunded) : null);
        json.WriteString("reference"u8, entry.Reference);
        json.WriteEndObject();
    }

    public static string Line(Entry entry, int decimals) => string.Join(
        ',', Number(entry.Version), Time(entry), EntryNames.Of(entry.Kind), Amount.Format(entry.Amount, decimals),
        Amount.Format(entry.Balance, decimals), Amount.Format(entry.Held, decimals), entry.Currency, EntryNames.Of(entry.Status),
        entry.Operation, entry.Hold, entry.Counterparty, entry.RefundOf is { } refunded ? Number(refunded) : "",
        Quoted(entry.Reference)) + "\r\n";

    public static string Number(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static string Time(Entry entry) => entry.Time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);

    private static string Quoted(string? text) =>
        text is null ? "" : text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
