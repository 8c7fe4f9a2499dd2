using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>What a number may be.</summary>
internal enum Sign
{
    Any,
    NotNegative,
    Positive,
}

/// <summary>Reads a time from its text.</summary>
internal delegate NumberOutcome ReadTime(ReadOnlySpan<byte> text, out ProviderTime time);

/// <summary>
/// The fields of one object (or the entries of one array) in a reply. Every getter returns false after it has refused the element, with the
/// path of the field: <c>a.Decimal(…) &amp;&amp; a.Time(…)</c> stops at the first fault, so that a broken element is one refusal.
/// An optional value is null wherever its getter returns false.
/// Numbers and ids are taken as JSON numbers or as strings, whichever the provider sends today.
/// </summary>
internal readonly ref struct Element(
    ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> fields, FieldNames names, Normalised into, ElementPath path)
{
    private const int LongestText = 128;
    private const string ExpectedIso = "an ISO 8601 time of the years 1990 to 2200";

    private readonly ReadOnlySpan<byte> json = json;
    private readonly ReadOnlySpan<JsonField> fields = fields;
    private readonly FieldNames names = names;
    private readonly Normalised into = into;
    private readonly ElementPath path = path;

    public bool Has(int field) => !fields[field].IsUnknown;

    /// <summary>Whether the field says when: it is there, and no zero that stands for "unknown".</summary>
    public bool HasTime(int field) => Has(field) && !(fields[field].TryText(json, out var text) && TimeReader.IsNone(text));

    public JsonField this[int field] => fields[field];

    public ReadOnlySpan<byte> Json => json;

    public Normalised Into => into;

    /// <summary>An object that is one of this element's fields; <see cref="EntryReader"/> reads those of lists.</summary>
    public Element Within(int field, ReadOnlySpan<byte> innerJson, ReadOnlySpan<JsonField> innerFields, FieldNames innerNames) =>
        new(innerJson, innerFields, innerNames, into, new ElementPath(PathOf(field)));

    /// <summary>Marks the reply: it leaves out what the request did not say either.</summary>
    /// <param name="context">A field of <see cref="ReplyContext"/>, as the command line calls it.</param>
    /// <param name="field">Where the reply could have said it.</param>
    public bool Lacks(string context, int field)
    {
        (into.MissingContext, into.MissingAt) = (context, PathOf(field));
        return false;
    }

    public string PathOf(int field) => path.Of(names.NameOf(field, fields[field]));

    public bool Decimal(int field, Sign sign, out MarketNumber value)
    {
        value = 0;
        return IsKnown(field) && ReadDecimal(field, sign, out value);
    }

    /// <summary>Null where the provider doesn't know; a value that can't be read is refused, never taken for unknown.</summary>
    public bool OptionalDecimal(int field, Sign sign, out MarketNumber? value)
    {
        value = null;
        if (fields[field].IsUnknown)
        {
            return true;
        }

        var read = ReadDecimal(field, sign, out var known);
        value = read ? known : null;
        return read;
    }

    public bool OptionalInteger(int field, out long? value)
    {
        value = null;
        if (fields[field].IsUnknown)
        {
            return true;
        }

        if (!ReadDecimal(field, Sign.Any, out var known))
        {
            return false;
        }

        if (!known.IsInteger)
        {
            return Refuse(field, RefusalCode.InvalidField, "a whole number");
        }

        if (known < long.MinValue || known > long.MaxValue)
        {
            return Refuse(field, RefusalCode.OutOfRange, "a whole number of 64 bits");
        }

        value = (long)(decimal)known;
        return true;
    }

    public bool UnixTime(int field, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        return IsKnown(field) && Scalar(field, "a Unix time", out var text)
            && Accept(field, TimeReader.ReadUnix(text, unit, out time), TimeReader.Expected(unit));
    }

    /// <summary>A time that the provider sends in either of two units.</summary>
    public bool UnixTime(int field, UnixUnit unit, UnixUnit other, out ProviderTime time)
    {
        time = default;
        return IsKnown(field) && Scalar(field, "a Unix time", out var text)
            && Accept(field, TimeReader.ReadUnix(text, unit, other, out time), TimeReader.Expected(unit));
    }

    public bool IsoTime(int field, out ProviderTime time)
    {
        time = default;
        return IsKnown(field) && Scalar(field, ExpectedIso, out var text)
            && Accept(field, TimeReader.ReadIso(text, out time), ExpectedIso);
    }

    /// <summary>A time in a provider's own writing.</summary>
    public bool LocalTime(int field, string expected, ReadTime read, out ProviderTime time)
    {
        time = default;
        return IsKnown(field) && Scalar(field, expected, out var text) && Accept(field, read(text, out time), expected);
    }

    /// <summary>Null also for a zero: a provider's way to say that there was no such instant yet.</summary>
    public bool OptionalUnixTime(int field, UnixUnit unit, out ProviderTime? time) => OptionalUnixTime(field, unit, unit, out time);

    public bool OptionalUnixTime(int field, UnixUnit unit, UnixUnit other, out ProviderTime? time)
    {
        time = null;
        if (fields[field].IsUnknown || !Scalar(field, "a Unix time", out var text))
        {
            return fields[field].IsUnknown;
        }

        var outcome = TimeReader.ReadUnix(text, unit, other, out var known);
        time = outcome is NumberOutcome.Exact ? known : null;
        return AcceptOptional(field, text, outcome, TimeReader.Expected(unit));
    }

    /// <summary>Null also for the zero of the provider's language; see <see cref="TimeReader.IsNone"/>.</summary>
    public bool OptionalIsoTime(int field, out ProviderTime? time)
    {
        time = null;
        if (fields[field].IsUnknown || !Scalar(field, ExpectedIso, out var text))
        {
            return fields[field].IsUnknown;
        }

        var outcome = TimeReader.ReadIso(text, out var known);
        time = outcome is NumberOutcome.Exact ? known : null;
        return AcceptOptional(field, text, outcome, ExpectedIso);
    }

    /// <summary>True or false, also as strings.</summary>
    public bool OptionalFlag(int field, out bool? value)
    {
        value = fields[field].Type switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };
        if (value is not null || fields[field].IsUnknown)
        {
            return true;
        }

        if (fields[field].Type is JsonTokenType.String && fields[field].TryText(json, out var text))
        {
            value = text.SequenceEqual("true"u8) ? true : text.SequenceEqual("false"u8) ? false : null;
        }

        return value is not null || Refuse(field, RefusalCode.InvalidField, "true or false");
    }

    /// <summary>A text of 1 to 128 characters, none of them a control character.</summary>
    public bool Text(int field, out string text)
    {
        text = "";
        return IsKnown(field) && ReadText(field, out text);
    }

    public bool OptionalText(int field, out string? text)
    {
        text = null;
        if (fields[field].IsUnknown)
        {
            return true;
        }

        var read = ReadText(field, out var known);
        text = read ? known : null;
        return read;
    }

    /// <summary>A longer text such as an address, of at most <paramref name="most"/> bytes of UTF-8.</summary>
    public bool OptionalLongText(int field, int most, out string? text)
    {
        text = null;
        if (fields[field].IsUnknown)
        {
            return true;
        }

        if (fields[field].Type is JsonTokenType.String && fields[field].TryText(json, out var utf8) && utf8.Length <= most
            && Encoding.UTF8.GetString(utf8) is var read && !HasControl(read))
        {
            text = read;
            return true;
        }

        return Refuse(field, RefusalCode.InvalidField, $"a text of at most {most} bytes, none of them a control character");
    }

    /// <summary>An object as the JSON that it came as, of at most <paramref name="most"/> bytes.</summary>
    public bool OptionalObject(int field, int most, out string? text)
    {
        text = null;
        if (fields[field].IsUnknown)
        {
            return true;
        }

        if (fields[field].Type is not JsonTokenType.StartObject || fields[field].Length > most)
        {
            return Refuse(field, RefusalCode.InvalidField, $"an object of at most {most} bytes");
        }

        text = Encoding.UTF8.GetString(fields[field].Of(json));
        return true;
    }

    /// <summary>An identifier: a text, or a whole number as the provider wrote it.</summary>
    public bool Id(int field, out string id)
    {
        id = "";
        if (!IsKnown(field))
        {
            return false;
        }

        if (fields[field].Type is not JsonTokenType.Number)
        {
            return ReadText(field, out id);
        }

        var digits = fields[field].Of(json);
        if (digits.Length > LongestText || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            return Refuse(field, RefusalCode.InvalidField, $"an id: a text or a whole number, at most {LongestText} characters");
        }

        id = Encoding.ASCII.GetString(digits);
        return true;
    }

    /// <summary>A ticker in lower case: <c>BTC</c> is <c>btc</c>.</summary>
    public bool Ticker(int field, out string ticker)
    {
        if (!Text(field, out ticker))
        {
            return false;
        }

        ticker = ticker.ToLowerInvariant();
        return CurrencyPair.IsTicker(ticker) || Refuse(field, RefusalCode.InvalidField, "a ticker: 1 to 32 of a-z, 0-9, '.', '_'");
    }

    /// <summary>The pair of two tickers; the very string <paramref name="asked"/> where it says the same, so that a reply shares one
    /// string.</summary>
    public bool Pair(int target, int quote, string? asked, out string pair)
    {
        if (asked is not null && PairText.Matches(json, fields[target], fields[quote], asked))
        {
            pair = asked;
            return true;
        }

        pair = "";
        if (!Ticker(target, out var first) || !Ticker(quote, out var second))
        {
            return false;
        }

        pair = $"{first}-{second}";
        return true;
    }

    public bool Refuse(int field, RefusalCode code, string expected)
    {
        into.Refuse(code, $"{Shown(field)}: expected {expected}", PathOf(field));
        return false;
    }

    private bool IsKnown(int field) => !fields[field].IsUnknown || RefuseUnknown(field);

    private bool RefuseUnknown(int field)
    {
        into.Refuse(RefusalCode.MissingField, "absent, null or empty: a record can't be without it", PathOf(field));
        return false;
    }

    private bool ReadDecimal(int field, Sign sign, out MarketNumber value)
    {
        value = 0;
        if (!Scalar(field, "a number", out var text)
            || !Accept(field, DecimalReader.Read(text, out value), "a decimal number from 10^-324 to below 10^309"))
        {
            return false;
        }

        return sign switch
        {
            Sign.Positive when value.Sign <= 0 => Refuse(field, RefusalCode.InvalidField, "a number above zero"),
            Sign.NotNegative when value.Sign < 0 => Refuse(field, RefusalCode.InvalidField, "a number not below zero"),
            Sign.Any or Sign.Positive or Sign.NotNegative => true,
        };
    }

    private bool ReadText(int field, out string text)
    {
        text = "";
        if (fields[field].Type is not JsonTokenType.String || !fields[field].TryText(json, out var utf8))
        {
            return Refuse(field, RefusalCode.InvalidField, "a text");
        }

        if (utf8.Length <= LongestText && utf8.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0)
        {
            text = Encoding.Latin1.GetString(utf8); // plain ASCII, as nearly every text is: widened without another look
            return true;
        }

        if (utf8.Length > LongestText * 4)
        {
            return Refuse(field, RefusalCode.InvalidField, $"a text of at most {LongestText} characters");
        }

        text = Encoding.UTF8.GetString(utf8);
        return (text.Length <= LongestText && !HasControl(text))
            || Refuse(field, RefusalCode.InvalidField, $"a text of at most {LongestText} characters, none of them a control character");
    }

    private static bool HasControl(string text)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character))
            {
                return true;
            }
        }

        return false;
    }

    private bool Scalar(int field, string expected, out ReadOnlySpan<byte> text)
    {
        text = default;
        return (fields[field].Type is JsonTokenType.Number or JsonTokenType.String && fields[field].TryText(json, out text))
            || Refuse(field, RefusalCode.InvalidField, expected);
    }

    private bool Accept(int field, NumberOutcome outcome, string expected) =>
        outcome is NumberOutcome.Exact || AcceptInexact(field, outcome, expected);

    private bool AcceptOptional(int field, ReadOnlySpan<byte> time, NumberOutcome outcome, string expected) =>
        outcome is NumberOutcome.Exact || TimeReader.IsNone(time) || Accept(field, outcome, expected);

    private bool AcceptInexact(int field, NumberOutcome outcome, string expected)
    {
        if (outcome is NumberOutcome.Rounded)
        {
            into.Rounded++;
            return true;
        }

        return Refuse(field, outcome is NumberOutcome.OutOfRange ? RefusalCode.OutOfRange : RefusalCode.InvalidField, expected);
    }

    private string Shown(int field) => fields[field].Type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{ShownText.Of(fields[field].Of(json))}\"",
        _ => ShownText.Of(fields[field].Of(json)),
    };
}
