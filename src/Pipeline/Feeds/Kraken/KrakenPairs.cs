using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// Pairs by Kraken's three spellings: the key <c>XXBTZUSD</c>, the altname <c>XBTUSD</c>, the socket's <c>XBT/USD</c> (v1) or
/// <c>BTC/USD</c> (v2), all <c>btc-usd</c>. Old assets have a code of four characters, X before coins and Z before currencies; bitcoin is
/// XBT and dogecoin XDG.
/// </summary>
internal static class KrakenPairs
{
    private const int LongestName = 64;

    private static readonly HashSet<string> PrefixedCoins = new(StringComparer.Ordinal)
    {
        "XBT", "ETH", "LTC", "XRP", "XDG", "ETC", "REP", "XMR", "ZEC", "XLM", "MLN", "ICN", "DAO", "NMC", "XVN",
    };

    private static readonly HashSet<string> PrefixedCurrencies = new(StringComparer.Ordinal)
    {
        "USD", "EUR", "GBP", "CAD", "JPY", "AUD", "KRW",
    };

    private static readonly string[] Quotes = [.. new[]
    {
        "USDT", "USDC", "USDG", "USDQ", "USDR", "USD1", "RLUSD", "PYUSD", "EURQ", "EURR", "EURC", "EURT", "DAI", "USD", "EUR", "GBP", "CAD",
        "JPY", "AUD", "CHF", "AED", "BRL", "KRW", "XBT", "BTC", "ETH", "DOT", "SOL", "POL",
    }.OrderByDescending(quote => quote.Length)];

    /// <summary>What is traded against PYUSD: elsewhere the two letters are the end of a coin's name (<c>HOPPYUSD</c>).</summary>
    private static readonly HashSet<string> AgainstPyusd = new(StringComparer.Ordinal)
    {
        "XBT", "BTC", "ETH", "SOL", "XRP", "USDC", "USDT",
    };

    /// <summary>As REST takes it: <c>XBTUSD</c>.</summary>
    public static string Altname(CurrencyPair pair) => Code(pair.Target) + Code(pair.Quote);

    /// <summary>As the socket v2 takes it: <c>BTC/USD</c>.</summary>
    public static string Symbol(CurrencyPair pair) => $"{pair.Target}/{pair.Quote}".ToUpperInvariant();

    /// <summary>One asset by any of its codes, as a lower-case ticker: <c>XXBT</c>, <c>XBT</c> and <c>BTC</c> are <c>btc</c>. What Kraken
    /// holds in another way is marked behind the code: <c>XBT.M</c> is <c>btc.m</c>.</summary>
    public static string Ticker(string code)
    {
        var dot = code.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0)
        {
            return Ticker(code[..dot]) + code[dot..].ToLowerInvariant();
        }

        var plain = code.ToUpperInvariant() is { Length: 4 } old
            && ((old[0] == 'X' && PrefixedCoins.Contains(old[1..])) || (old[0] == 'Z' && PrefixedCurrencies.Contains(old[1..])))
                ? old[1..]
                : code.ToUpperInvariant();
        return plain switch { "XBT" => "btc", "XDG" => "doge", _ => plain.ToLowerInvariant() };
    }

    /// <summary>The pair of a name in any spelling, which must be the one that was asked for; refused where it isn't.</summary>
    /// <param name="path">Where the name stands.</param>
    public static bool OfName(in Reply reply, string name, string path, out string pair)
    {
        if (!TryRead(name, reply.Context.Pair, out pair))
        {
            var shown = ShownText.Of(Encoding.UTF8.GetBytes(name));
            reply.Refuse(RefusalCode.InvalidField, $"\"{shown}\": expected a pair such as XXBTZUSD, XBTUSD, XBT/USD", path);
            return false;
        }

        return StatedPair.Agrees(reply, pair);
    }

    /// <summary>The pair of a field of a frame's element.</summary>
    public static bool OfField(in Reply reply, in Element element, int field, out string pair)
    {
        pair = "";
        return element.Text(field, out var name) && OfName(reply, name, element.PathOf(field), out pair);
    }

    /// <param name="asked">What the name may stand for; believed where it is one of that pair's spellings.</param>
    public static bool TryRead(string name, string? asked, out string pair)
    {
        pair = asked ?? "";
        if (name.Length is 0 or > LongestName || (asked is not null && Spells(name.ToUpperInvariant(), asked)))
        {
            return name.Length is > 0 and <= LongestName;
        }

        var text = name.ToUpperInvariant();
        var (target, quote) = text.Split('/') is [var first, var second] ? (first, second) : Split(text);
        pair = $"{Ticker(target)}-{Ticker(quote)}";
        return CurrencyPair.TryParse(pair, out _);
    }

    private static (string Target, string Quote) Split(string text)
    {
        if (text.Length == 8 && IsPrefixed(text[..4]) && IsPrefixed(text[4..]))
        {
            return (text[..4], text[4..]);
        }

        // The one kind of key in which only the quote is written the old way.
        if (text.Length > 4 && text[..^4] is "USDT" or "USDC" or "DAI" && IsPrefixed(text[^4..]))
        {
            return (text[..^4], text[^4..]);
        }

        var plain = Quotes.FirstOrDefault(quote => text.Length > quote.Length && text.EndsWith(quote, StringComparison.Ordinal)
            && (quote != "PYUSD" || AgainstPyusd.Contains(text[..^quote.Length])));
        return plain is null ? ("", "") : (text[..^plain.Length], plain);
    }

    private static bool IsPrefixed(string code) => code.Length == 4 && Ticker(code).Length < 5 && Ticker(code) != code.ToLowerInvariant();

    private static bool Spells(string name, string pair)
    {
        var legs = pair.ToUpperInvariant().Split('-');
        return legs is [var target, var quote]
            && Codes(target).Any(first => name.StartsWith(first, StringComparison.Ordinal)
                && Codes(quote).Any(second => name.AsSpan(first.Length).SequenceEqual(second)
                    || (name.AsSpan(first.Length) is ['/', .. var rest] && rest.SequenceEqual(second))));
    }

    private static IEnumerable<string> Codes(string ticker)
    {
        var code = Code(ticker);
        yield return ticker;
        yield return code;
        yield return (PrefixedCurrencies.Contains(code) ? "Z" : "X") + code;
    }

    private static string Code(string ticker) => ticker.ToUpperInvariant() switch { "BTC" => "XBT", "DOGE" => "XDG", var other => other };
}
