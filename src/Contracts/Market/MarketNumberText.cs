using System.Globalization;
using System.Text.Json;

namespace AkkaCrypto.Contracts.Market;

/// <summary>Market values as text and in JSON: every digit, no exponent, no zeros at the end of a fraction, never by way of binary
/// floating point.</summary>
public static class MarketNumberText
{
    /// <summary>As a JSON number.</summary>
    public static void WriteNumber(this Utf8JsonWriter json, MarketNumber? value)
    {
        if (value is not { } known)
        {
            json.WriteNullValue();
            return;
        }

        Span<byte> text = stackalloc byte[MarketNumber.LongestText];
        json.WriteRawValue(text[..Write(text, known.Canonical())], skipInputValidation: true);
    }

    /// <inheritdoc cref="WriteNumber(Utf8JsonWriter, MarketNumber?)"/>
    public static void WriteNumber(this Utf8JsonWriter json, ReadOnlySpan<byte> name, MarketNumber? value)
    {
        json.WritePropertyName(name);
        json.WriteNumber(value);
    }

    /// <inheritdoc cref="WriteNumber(Utf8JsonWriter, MarketNumber?)"/>
    public static void WriteNumber(this Utf8JsonWriter json, string name, MarketNumber? value)
    {
        json.WritePropertyName(name);
        json.WriteNumber(value);
    }

    /// <summary>As a JSON string.</summary>
    public static void WriteText(this Utf8JsonWriter json, MarketNumber? value)
    {
        if (value is not { } known)
        {
            json.WriteNullValue();
            return;
        }

        Span<byte> text = stackalloc byte[MarketNumber.LongestText];
        json.WriteStringValue(text[..Write(text, known.Canonical())]);
    }

    /// <inheritdoc cref="WriteText(Utf8JsonWriter, MarketNumber?)"/>
    public static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, MarketNumber? value)
    {
        json.WritePropertyName(name);
        json.WriteText(value);
    }

    /// <param name="value">With no zeros at the end of its coefficient.</param>
    /// <returns>The bytes written.</returns>
    internal static int Write(Span<byte> target, in MarketNumber value)
    {
        Span<byte> digits = stackalloc byte[MarketNumber.MostDigits + 1];
        value.Coefficient.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        var length = 0;
        if (value.IsNegative)
        {
            target[length++] = (byte)'-';
        }

        var whole = count - value.Scale;
        if (whole <= 0)
        {
            "0."u8.CopyTo(target[length..]);
            length += 2;
            target.Slice(length, -whole).Fill((byte)'0');
            length -= whole;
            digits[..count].CopyTo(target[length..]);
            return length + count;
        }

        var before = Math.Min(whole, count);
        digits[..before].CopyTo(target[length..]);
        target.Slice(length + before, whole - before).Fill((byte)'0');
        length += whole;
        if (whole < count)
        {
            target[length++] = (byte)'.';
            digits[whole..count].CopyTo(target[length..]);
            length += count - whole;
        }

        return length;
    }
}
