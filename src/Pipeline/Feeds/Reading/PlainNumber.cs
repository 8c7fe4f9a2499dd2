namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Numbers by the grammar of RFC 8259 §6.</summary>
internal static class PlainNumber
{
    /// <summary>Bytes of the number with which <paramref name="text"/> begins; 0 where it begins with none.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        var at = text is [(byte)'-', ..] ? 1 : 0;
        var whole = Digits(text, at);
        if (whole == 0 || (whole > 1 && text[at] == '0'))
        {
            return 0;
        }

        at += whole;
        if (at < text.Length && text[at] == '.')
        {
            var fraction = Digits(text, at + 1);
            if (fraction == 0)
            {
                return 0;
            }

            at += 1 + fraction;
        }

        return at < text.Length && text[at] is (byte)'e' or (byte)'E' ? WithExponent(text, at + 1) : at;
    }

    private static int WithExponent(ReadOnlySpan<byte> text, int at)
    {
        at += at < text.Length && text[at] is (byte)'+' or (byte)'-' ? 1 : 0;
        var digits = Digits(text, at);
        return digits == 0 ? 0 : at + digits;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at)
    {
        var start = at;
        while (at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9')
        {
            at++;
        }

        return at - start;
    }
}
