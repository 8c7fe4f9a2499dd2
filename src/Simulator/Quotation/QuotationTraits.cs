using System.Globalization;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>
/// What tells apart the two exchanges that serve the "Quotation API", which Upbit designed and Bithumb took over: markets such as
/// <c>KRW-BTC</c>, lists below <c>/v1</c>, a socket that is asked by a list with a ticket.
/// </summary>
internal abstract class QuotationTraits
{
    /// <summary>As in the twin's routes.</summary>
    public abstract string Exchange { get; }

    /// <summary>Of the local time in which <c>to</c> is read where it states no zone.</summary>
    public abstract TimeSpan Offset { get; }

    /// <summary>Status of an error whose body names a market that isn't there.</summary>
    public abstract int UnknownMarketStatus { get; }

    /// <summary>The trade's <c>sequential_id</c>.</summary>
    public abstract long IdOf(MarketTrade trade);

    /// <summary>When the trade of such an id was, in Unix milliseconds.</summary>
    public abstract long TimeOf(long id);

    /// <summary>What <c>daysAgo</c> without <c>to</c> shows: the trades before this instant, from that other one on.</summary>
    public abstract (DateTimeOffset From, DateTimeOffset Before) Day(DateTimeOffset midnight);

    /// <summary>A book's time on the socket.</summary>
    public abstract long SocketBookTime(long milliseconds);

    /// <summary>Digits of a size in a book.</summary>
    public abstract decimal BookSize(decimal size);

    /// <summary>How the exchange writes its numbers.</summary>
    public abstract QuotationNumbers Numbers { get; }

    /// <summary>The body for a path that isn't there.</summary>
    public abstract string NoRoute { get; }

    /// <summary>Everything that is traded here against KRW, and one pair of small prices.</summary>
    public IReadOnlyList<MarketPair> Pairs => pairs ??=
    [
        .. Catalogue.Pairs.Select(pair => pair with { Exchange = Exchange, Share = pair.Share * 2 }),
        new MarketPair("eth", "btc", "ethereum", 0.0001m, Exchange),
    ];

    private MarketPair[]? pairs;

    public MarketPair? Find(string code) => Pairs.FirstOrDefault(pair => CodeOf(pair).Equals(code, StringComparison.OrdinalIgnoreCase));

    public static string CodeOf(MarketPair pair) => $"{pair.Quote}-{pair.Target}".ToUpperInvariant();

    /// <summary>The market model's ids are the time in milliseconds and a counter of three digits.</summary>
    protected static (long Time, long Counter) PartsOf(MarketTrade trade) =>
        (trade.Time, long.Parse(trade.Id.AsSpan(trade.Id.Length - 3), CultureInfo.InvariantCulture));
}

/// <summary>How an exchange writes prices and sizes.</summary>
/// <param name="RestPrice">Of trades.</param>
/// <param name="Price">In the socket's books, by whether the format is SIMPLE.</param>
/// <param name="Size">In the socket's books, by whether the format is SIMPLE.</param>
/// <param name="Trade">Both values of a trade on the socket.</param>
internal sealed record QuotationNumbers(
    Func<decimal, string> RestPrice, Func<decimal, bool, string> Price, Func<decimal, bool, string> Size, Func<decimal, string> Trade);
