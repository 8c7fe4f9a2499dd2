namespace AkkaCrypto.Contracts.Market;

/// <summary>A traded pair as lower-case tickers, target first: <c>btc-krw</c>.</summary>
public readonly record struct CurrencyPair(string Target, string Quote)
{
    private const int LongestTicker = 32;

    public override string ToString() => $"{Target}-{Quote}";

    /// <summary>Reads <c>btc-krw</c>; a ticker is 1 to 32 of a–z, 0–9, <c>.</c>, <c>_</c>. False for anything else.</summary>
    public static bool TryParse(string? text, out CurrencyPair pair)
    {
        pair = default;
        if (text?.Split('-') is not [var target, var quote] || !IsTicker(target) || !IsTicker(quote))
        {
            return false;
        }

        pair = new CurrencyPair(target, quote);
        return true;
    }

    public static bool IsTicker(string? text) =>
        text is { Length: > 0 and <= LongestTicker }
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_');
}
