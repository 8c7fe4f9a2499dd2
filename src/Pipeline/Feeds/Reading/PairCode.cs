using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>How a provider writes a pair as one text, e.g. <c>KRW-BTC</c> or <c>BTC_KRW</c>.</summary>
internal sealed record PairCode(char Separator, bool QuoteFirst)
{
    /// <summary>As the provider writes it, in upper case.</summary>
    public string Of(CurrencyPair pair)
    {
        var (first, second) = QuoteFirst ? (pair.Quote, pair.Target) : (pair.Target, pair.Quote);
        return $"{first}{Separator}{second}".ToUpperInvariant();
    }

    /// <summary>
    /// The pair that an element states, which must be <paramref name="asked"/> where something was asked for; else what was asked for.
    /// False once the element is refused, or where both are silent (the reply's context is marked as missing).
    /// </summary>
    public bool Read(in Element element, int field, string? asked, out string pair)
    {
        pair = asked ?? "";
        if (!element.Has(field))
        {
            return asked is not null || element.Lacks("pair", field);
        }

        if (asked is not null && Matches(element, element[field], asked))
        {
            return true; // the very string that was asked for, so that a reply shares one
        }

        return ReadStated(element, field, out pair)
            && (asked is null || pair == asked || element.Refuse(field, RefusalCode.WrongPair, $"the pair {asked}"));
    }

    /// <summary>The pair that an element of a list over many pairs states.</summary>
    public bool ReadStated(in Element element, int field, out string pair)
    {
        pair = "";
        if (!element.Text(field, out var code))
        {
            return false;
        }

        if (code.Split(Separator) is [var first, var second])
        {
            pair = (QuoteFirst ? $"{second}-{first}" : $"{first}-{second}").ToLowerInvariant();
        }

        return CurrencyPair.TryParse(pair, out _)
            || element.Refuse(field, RefusalCode.InvalidField, $"a pair such as {Of(new CurrencyPair("btc", "krw"))}");
    }

    private bool Matches(in Element element, in JsonField code, string asked)
    {
        if (code.Type is not JsonTokenType.String || code.IsEscaped || code.Length != asked.Length)
        {
            return false;
        }

        var dash = asked.IndexOf('-', StringComparison.Ordinal);
        var text = code.Of(element.Json);
        var at = QuoteFirst ? asked.Length - dash - 1 : dash;
        if (dash < 0 || text[at] != Separator)
        {
            return false;
        }

        var target = QuoteFirst ? text[(at + 1)..] : text[..at];
        var quote = QuoteFirst ? text[..at] : text[(at + 1)..];
        return Ascii.EqualsIgnoreCase(target, asked.AsSpan(0, dash)) && Ascii.EqualsIgnoreCase(quote, asked.AsSpan(dash + 1));
    }
}
