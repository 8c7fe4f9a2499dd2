using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// A receipt as JSON. Amounts are whole minor units, as they are hashed; hashes are hexadecimal, key and signature base64 of DER, times
/// to the microsecond.
/// </summary>
public static class ReceiptJson
{
    /// <summary>A receipt has some kilobytes.</summary>
    public const int MostBytes = 1024 * 1024;

    private const string TimeForm = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    public static ReadOnlyMemory<byte> Write(Receipt receipt)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, receipt.Entry, receipt.PreviousHash);
            Write(json, receipt);
            json.WriteNumber("index", receipt.Index);
            json.WriteStartArray("path");
            foreach (var hash in receipt.Path)
            {
                json.WriteStringValue(EntryRules.Hex(hash));
            }

            json.WriteEndArray();
            json.WriteString("key_id", receipt.Key);
            json.WriteBase64String("public_key", receipt.PublicKey);
            json.WriteBase64String("signature", receipt.Signature);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <exception cref="FormatException">It is no receipt; the message says what is missing or wrong.</exception>
    public static Receipt Read(ReadOnlyMemory<byte> text)
    {
        var at = "";
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            JsonElement Of(JsonElement element, string name)
            {
                at = name;
                return element.GetProperty(name);
            }

            var (entry, commit) = (Of(root, "entry"), Of(root, "commit"));
            return new(
                Entry(entry, Of), Hash(Of(entry, "previous_hash")),
                new(Of(commit, "shard").GetInt16(), Of(commit, "number").GetInt64(), Of(commit, "epoch").GetInt64(),
                    Time(Of(commit, "time")), Of(commit, "entries").GetInt32()),
                Of(root, "index").GetInt32(), [.. Of(root, "path").EnumerateArray().Select(Hash)], Whole(Of(commit, "root")),
                Whole(Of(commit, "previous_head")), Whole(Of(commit, "head")), Of(root, "public_key").GetBytesFromBase64(),
                Of(root, "signature").GetBytesFromBase64());
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or OverflowException)
        {
            throw new FormatException($"That is no receipt{(at.Length > 0 ? $": see '{at}'" : "")}. {unreadable.Message}", unreadable);
        }
    }

    private static void Write(Utf8JsonWriter json, Entry entry, byte[] previousHash)
    {
        json.WriteStartObject("entry");
        json.WriteString("wallet_id", entry.Wallet);
        json.WriteString("entry_id", Number(entry.Version));
        json.WriteString("time", Text(entry.Time));
        json.WriteString("kind", EntryNames.Of(entry.Kind));
        json.WriteString("state", EntryNames.Of(entry.Status));
        json.WriteBoolean("direct", entry.Contra == Contra.Direct);
        json.WriteString("amount", Number(entry.Amount));
        json.WriteString("balance", Number(entry.Balance));
        json.WriteString("held", Number(entry.Held));
        json.WriteString("currency", entry.Currency);
        json.WriteString("operation_id", entry.Operation);
        json.WriteString("hold_id", entry.Hold?.ToString());
        json.WriteString("counterparty", entry.Counterparty?.ToString());
        json.WriteString("refund_of", entry.RefundOf is { } refunded ? Number(refunded) : null);
        json.WriteString("reference", entry.Reference);
        if (entry.HoldEnds is { } ends)
        {
            json.WriteString("hold_ends", Number(ends));
        }

        json.WriteString("previous_hash", EntryRules.Hex(previousHash));
        json.WriteString("hash", EntryRules.Hex(entry.Hash));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Receipt receipt)
    {
        json.WriteStartObject("commit");
        json.WriteNumber("shard", receipt.Commit.Shard);
        json.WriteNumber("number", receipt.Commit.Number);
        json.WriteNumber("epoch", receipt.Commit.Epoch);
        json.WriteString("time", Text(receipt.Commit.Time));
        json.WriteNumber("entries", receipt.Commit.Entries);
        json.WriteString("root", EntryRules.Hex(receipt.Root));
        json.WriteString("previous_head", EntryRules.Hex(receipt.PreviousHead));
        json.WriteString("head", EntryRules.Hex(receipt.Head));
        json.WriteEndObject();
    }

    private static Entry Entry(JsonElement entry, Func<JsonElement, string, JsonElement> of) => new(
        of(entry, "wallet_id").GetGuid(), Number(of(entry, "entry_id").GetString()),
        EntryNames.Kind(of(entry, "kind").GetString()) ?? throw new FormatException("There is no such kind."),
        EntryNames.State(of(entry, "state").GetString()) ?? throw new FormatException("There is no such state."),
        of(entry, "direct").GetBoolean() ? Contra.Direct : Contra.World, Amount(of(entry, "amount")), Amount(of(entry, "balance")),
        Amount(of(entry, "held")), of(entry, "currency").GetString() ?? throw new FormatException("It must be a text."),
        of(entry, "operation_id").GetGuid(), Id(of(entry, "hold_id")), Id(of(entry, "counterparty")),
        of(entry, "refund_of").GetString() is { } refunded ? Number(refunded) : null, of(entry, "reference").GetString(),
        Time(of(entry, "time")), Whole(of(entry, "hash")))
    {
        HoldEnds = entry.TryGetProperty("hold_ends", out _) ? Number(of(entry, "hold_ends").GetString()) : null,
    };

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);

    private static long Number(string? text) => long.Parse(text ?? "", NumberStyles.None, CultureInfo.InvariantCulture);

    private static Int128 Amount(JsonElement element) =>
        Int128.Parse(element.GetString() ?? "", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static Guid? Id(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetGuid();

    private static DateTimeOffset Time(JsonElement element) => DateTimeOffset.ParseExact(
        element.GetString() ?? "", TimeForm, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static byte[] Hash(JsonElement element) => Convert.FromHexString(element.GetString() ?? "");

    private static byte[] Whole(JsonElement element) => Hash(element) is { Length: MerkleTree.HashBytes } hash
        ? hash
        : throw new FormatException($"A hash has {MerkleTree.HashBytes} bytes.");
}
