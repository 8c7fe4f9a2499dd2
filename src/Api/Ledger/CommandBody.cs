using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Ledger;

/// <summary>
/// Reads a command's JSON body strictly: every field known, once, of its form. Collects one message per field; a reading method gives a
/// default where it found a fault, so <see cref="Faults"/> is looked at before anything is used.
/// </summary>
public sealed class CommandBody
{
    private const int LongestReference = 255;

    /// <summary>More than any currency has: how many digits an amount may have can't be told.</summary>
    private const int UnknownDecimals = Amount.MostDigits;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    private readonly JsonElement root;
    private readonly IReadOnlyDictionary<string, int> currencies;
    private readonly string prefix;

    private CommandBody(JsonElement root, IReadOnlyDictionary<string, int> currencies, Dictionary<string, string> faults, string prefix) =>
        (this.root, this.currencies, Faults, this.prefix) = (root, currencies, faults, prefix);

    /// <summary>One message per field.</summary>
    public Dictionary<string, string> Faults { get; }

    /// <param name="body">Empty is as good as <c>{}</c>.</param>
    /// <param name="currencies">Every currency there is, with its decimals.</param>
    /// <param name="known">The fields that the route takes.</param>
    public static CommandBody Read(
        ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, int> currencies, params ReadOnlySpan<string> known)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(body.IsEmpty ? "{}"u8.ToArray() : body, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("No object.");
            }

            var read = new CommandBody(document.RootElement.Clone(), currencies, faults, "");
            read.Check(known);
            return read;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON, nested too deep, a field twice, or a name that is no Unicode: the answer is the same.
            using var empty = JsonDocument.Parse("{}"u8.ToArray());
            faults["body"] = "must be a JSON object, each field once" + Takes(known);
            return new(empty.RootElement.Clone(), currencies, faults, "");
        }
    }

    public bool Has(string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A currency that wallets may have, with its decimals; <see cref="UnknownDecimals"/> where it is none.</summary>
    public (string Code, int Decimals) Currency(string name = "currency")
    {
        if (Text(name) is { } code && currencies.TryGetValue(code, out var decimals))
        {
            return (code, decimals);
        }

        Fault(name, "must be the code of a currency of akkacrypto.ledger.currencies, such as \"USD\"");
        return ("", UnknownDecimals);
    }

    /// <summary>An amount above zero, in minor units.</summary>
    public Int128 Money(string name, int decimals) => Money(name, decimals, isZeroAllowed: false) ?? Missing(name);

    /// <summary>An amount above zero, or from zero on; null: it isn't there.</summary>
    public Int128? OptionalMoney(string name, int decimals, bool isZeroAllowed) =>
        Has(name) ? Money(name, decimals, isZeroAllowed) : null;

    /// <summary>The id of a wallet; one that can't be any is as unknown as another.</summary>
    public Guid Wallet(string name)
    {
        if (Text(name) is { } text && Guid.TryParseExact(text, "D", out var id))
        {
            return id;
        }

        Fault(name, "must be the id of a wallet, such as \"0f8fad5b-d9cb-469f-a165-70867728950e\"");
        return default;
    }

    public Guid? OptionalWallet(string name) => Has(name) ? Wallet(name) : null;

    /// <summary>The version of an entry, as text like the answers have it, or as a number.</summary>
    public long Entry(string name)
    {
        var isThere = root.TryGetProperty(name, out var value);
        var text = isThere && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(name);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return version;
        }

        Fault(name, "must be the entry_id of an entry of this wallet, such as \"1\"");
        return 0;
    }

    /// <summary>A note of the caller's own; null: none.</summary>
    public string? Reference()
    {
        if (!Has("reference"))
        {
            return null;
        }

        if (Text("reference") is { Length: > 0 and <= LongestReference } text && !text.Any(char.IsControl))
        {
            return text;
        }

        Fault("reference", $"must be a text of 1 to {LongestReference} characters without control characters");
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        if (Text(name) is { Length: <= 40 } text && ProviderTime.TryParseIso(text, out var time))
        {
            return time.ToDateTimeOffset();
        }

        Fault(name, "must be ISO 8601, such as \"2027-01-31T12:00:00Z\"");
        return null;
    }

    /// <summary>The text of a field; null where it is none.</summary>
    public string? Text(string name)
    {
        try
        {
            return root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair: no Unicode text
        }
    }

    /// <summary>The objects of a list, each read like a body of its own; null: it isn't there.</summary>
    public IReadOnlyList<CommandBody>? List(string name, int most, params ReadOnlySpan<string> known)
    {
        if (!Has(name))
        {
            return null;
        }

        var value = root.GetProperty(name);
        var count = value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : 0;
        if (count == 0 || count > most)
        {
            Fault(name, $"must be a list of 1 to {most}");
            return [];
        }

        var items = new List<CommandBody>(count);
        foreach (var item in value.EnumerateArray())
        {
            var body = new CommandBody(item, currencies, Faults, $"{prefix}{name}[{items.Count}].");
            body.Check(known);
            items.Add(item.ValueKind == JsonValueKind.Object ? body : new(root, currencies, Faults, body.prefix));
        }

        return items;
    }

    public void Fault(string field, string message) => Faults.TryAdd(prefix + field, message);

    private void Check(ReadOnlySpan<string> known)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            Fault("body", "must be a JSON object" + Takes(known));
            return;
        }

        foreach (var property in root.EnumerateObject())
        {
            if (!IsOneOf(property, known))
            {
                Fault("body", "has a field that isn't known here" + Takes(known));
            }
        }
    }

    private static bool IsOneOf(JsonProperty property, ReadOnlySpan<string> known)
    {
        try
        {
            return known.Contains(property.Name);
        }
        catch (InvalidOperationException)
        {
            return false; // no Unicode text
        }
    }

    private Int128? Money(string name, int decimals, bool isZeroAllowed)
    {
        if (Text(name) is not { } text)
        {
            return Has(name) ? Refused(name, AmountFault.NotANumber, decimals) : null;
        }

        var fault = isZeroAllowed ? Amount.ParseUnsigned(text, decimals, out var minor) : Amount.Parse(text, decimals, out minor);
        return fault is AmountFault.TooManyDecimals or AmountFault.TooManyDigits && decimals == UnknownDecimals ? 0
            : fault is { } wrong ? Refused(name, wrong, decimals)
            : minor;
    }

    private Int128 Refused(string name, AmountFault fault, int decimals)
    {
        Fault(name, fault switch
        {
            AmountFault.NotANumber => "must be a decimal number as text, such as \"12.50\": digits, at most one point between them",
            AmountFault.NotPositive => "must be above zero",
            AmountFault.TooManyDecimals => $"must have at most {decimals} decimals, as its currency has",
            AmountFault.TooManyDigits => $"must have at most {Amount.MostDigits} digits, the currency's {decimals} decimals included",
        });
        return 0;
    }

    private Int128 Missing(string name)
    {
        Fault(name, "is required: a decimal number as text, such as \"12.50\"");
        return 0;
    }

    private static string Takes(ReadOnlySpan<string> known) =>
        known.IsEmpty ? "; this route takes no field" : "; this route takes " + string.Join(", ", known.ToArray());
}
