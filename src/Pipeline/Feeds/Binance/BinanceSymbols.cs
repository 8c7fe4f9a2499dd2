using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// Pairs from symbols that have no separator: <c>BTCUSDT</c> is <c>btc-usdt</c>. Who knows the pair is believed where the symbol spells it;
/// else the symbol is split at the quote assets that Binance and Binance.US have.
/// </summary>
internal static class BinanceSymbols
{
    private const int LongestSymbol = 64;
    private const string Aeur = "AEUR";

    /// <summary>All that was ever traded against AEUR; in any other symbol the A is the base's own (<c>ADAEUR</c>).</summary>
    private static readonly HashSet<string> BasesOfAeur = new(StringComparer.Ordinal) { "BTC", "ETH", "EUR" };

    private static readonly string[] Quotes = [.. new[]
    {
        "USDT", "FDUSD", "USDC", "BUSD", "TUSD", "USDP", "USDS", "USDSB", "USDE", "USD1", "RLUSD", "UST", "PAX", "DAI", "VAI",
        "BTC", "ETH", "BNB", "TRX", "XRP", "DOGE", "SOL", "DOT", "USD", "EUR", "EURI", "GBP", "AUD", "BRL", "TRY", "RUB", "UAH", "NGN",
        "ZAR", "PLN", "RON", "ARS", "MXN", "CZK", "COP", "JPY", "IDRT", "BIDR", "BVND", "BKRW",
        "IDR", "VND", "THB", "KZT", "U", Aeur,
    }.OrderByDescending(quote => quote.Length)];

    /// <summary>
    /// Assets that end as one of the quotes ending in USD begins (<c>DOTUSD</c> is no pair of TUSD), as far as they are traded against USD.
    /// <c>ARBUSD</c> was AR in BUSD too, until BUSD ended in 2023; ARB in USD is what is left of it.
    /// </summary>
    private static readonly HashSet<string> EndLikeAQuote = new(StringComparer.Ordinal)
    {
        "DOT", "BAT", "GRT", "USDT", "FET", "QNT", "ANT", "GMT", "LIT", "LPT", "APT", "ACT", "SHIB", "BNB", "TRB", "BB", "ARB", "CKB",
        "VET", "ONT", "OXT", "HNT", "BNT", "SNT", "MNT", "WBT", "NFT", "DENT", "AIXBT", "PNUT", "GHST", "BTRST", "FORT", "UST",
        "DGB", "IOST", "BTT", "KSHIB",
    };

    public static string Of(CurrencyPair pair) => (pair.Target + pair.Quote).ToUpperInvariant();

    /// <summary>
    /// The pair of a reply that is about one symbol. Where nobody knows how to split it, the reply's context is marked as missing.
    /// </summary>
    public static bool OfReply(in Reply reply, in Element element, int field, out string pair)
    {
        pair = "";
        if (!TryText(element, field, out var symbol))
        {
            return false;
        }

        if (TryPair(symbol, reply.Context.Pair, out pair))
        {
            return StatedPair.Agrees(reply, pair);
        }

        if (!Ascii.IsValid(symbol))
        {
            return element.Refuse(field, RefusalCode.InvalidField, "a symbol of letters a to z and digits, as a pair's legs are");
        }

        if (reply.Context.Pair is null)
        {
            reply.Into.MissingContext = "pair";
        }
        else
        {
            reply.RefuseWrongPair(ShownText.Of(symbol));
        }

        return false;
    }

    /// <summary>The pair of a socket's event. A stream may be of many symbols, for which no one pair could be given, so what can't be split
    /// is refused.</summary>
    public static bool OfEvent(in Reply reply, in Element element, int field, out string pair) =>
        reply.Context.Pair is null
            ? OfRow(element, field, null, out pair)
            : OfReply(reply, element, field, out pair);

    /// <summary>The pair of one of many symbols; what can't be split is refused.</summary>
    public static bool OfRow(in Element element, int field, string? asked, out string pair)
    {
        pair = "";
        return TryText(element, field, out var symbol)
            && (TryPair(symbol, asked, out pair)
                || element.Refuse(field, RefusalCode.InvalidField, "a symbol that ends in a known quote asset, such as BTCUSDT"));
    }

    /// <param name="asked">The pair that the caller knows, which is not a claim that the symbol is this pair's.</param>
    public static bool TryPair(ReadOnlySpan<byte> symbol, string? asked, out string pair)
    {
        pair = asked ?? "";
        if (asked is not null && Spells(symbol, asked))
        {
            return true;
        }

        if (symbol.Length is 0 or > LongestSymbol || !Ascii.IsValid(symbol))
        {
            return false;
        }

        var text = Encoding.ASCII.GetString(symbol).ToUpperInvariant();
        var candidates = Quotes.Where(quote => IsQuoteOf(text, quote)).ToList();
        var best = candidates.Find(quote => EndLikeAQuote.Contains(text[..^quote.Length])) ?? candidates.FirstOrDefault();
        pair = best is null ? "" : $"{text[..^best.Length]}-{best}".ToLowerInvariant();
        return CurrencyPair.TryParse(pair, out _);
    }

    private static bool IsQuoteOf(string symbol, string quote) =>
        symbol.Length > quote.Length
        && symbol.EndsWith(quote, StringComparison.Ordinal)
        && (quote != Aeur || BasesOfAeur.Contains(symbol[..^quote.Length]));

    private static bool TryText(in Element element, int field, out ReadOnlySpan<byte> symbol)
    {
        symbol = default;
        return element.Text(field, out _) && element[field].TryText(element.Json, out symbol);
    }

    private static bool Spells(ReadOnlySpan<byte> symbol, string pair)
    {
        var dash = pair.IndexOf('-', StringComparison.Ordinal);
        return symbol.Length == pair.Length - 1
            && Ascii.EqualsIgnoreCase(symbol[..dash], pair.AsSpan(0, dash))
            && Ascii.EqualsIgnoreCase(symbol[dash..], pair.AsSpan(dash + 1));
    }
}
