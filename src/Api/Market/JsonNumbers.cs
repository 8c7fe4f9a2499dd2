using System.Text.Json;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Market;

/// <summary>Decimals as JSON numbers: every digit kept, no exponent, no trailing zeros, never through binary floating point.</summary>
public static class JsonNumbers
{
    public static void WriteValue(Utf8JsonWriter json, decimal? value)
    {
        if (value is { } known)
        {
            json.WriteNumberValue(DecimalText.Canonical(known));
        }
        else
        {
            json.WriteNullValue();
        }
    }

    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, decimal? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, DecimalText.Canonical(known));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
