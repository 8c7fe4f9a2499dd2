using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>One type of one market on one connection, and how far it has told: a snapshot first, then what is new.</summary>
internal sealed class QuotationSubscription(
    QuotationTraits traits, SubscribedType type, MarketPair pair, bool isSimple, DateTimeOffset since)
{
    private const int BookLevels = 30;

    // A connection that could not be served for longer begins again here instead of flooding the client.
    private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);

    private readonly QuotationFrames frames = new(traits, pair, isSimple);
    private DateTimeOffset told = since;
    private bool isFirst = true;
    private string last = "";

    public IEnumerable<byte[]> News(MarketModel market, DateTimeOffset now)
    {
        var first = isFirst;
        isFirst = false;
        if ((!first && type.OnlySnapshot) || (first && type.OnlyRealtime))
        {
            Skip(market, now);
            return [];
        }

        var stream = first ? "SNAPSHOT" : "REALTIME";
        return type.Type switch
        {
            "trade" => Trades(market, now, first),
            "ticker" => Changed(market.NewestTrades(pair, now, 1)[0].Id)
                ? [frames.Ticker(QuotationTicker.At(market, pair, now), stream)]
                : [],
            _ => Book(market, now, stream),
        };
    }

    /// <summary>What stands now is not new any more.</summary>
    private void Skip(MarketModel market, DateTimeOffset now)
    {
        if (type.Type == "trade")
        {
            told = UpTo(now);
        }
        else
        {
            _ = Changed(type.Type == "ticker" ? market.NewestTrades(pair, now, 1)[0].Id : $"{market.Book(pair, now, 1).Time}");
        }
    }

    private List<byte[]> Trades(MarketModel market, DateTimeOffset now, bool isSnapshot)
    {
        var upTo = UpTo(now);
        if (isSnapshot)
        {
            told = upTo;
            return [frames.Trade(market.NewestTrades(pair, now, 1)[0], now, "SNAPSHOT")];
        }

        var from = upTo - told > LongestBacklog ? upTo - LongestBacklog : told;
        told = upTo > told ? upTo : told;
        return from >= upTo ? [] : [.. market.Trades(pair, from, upTo).Select(trade => frames.Trade(trade, now, "REALTIME"))];
    }

    private IEnumerable<byte[]> Book(MarketModel market, DateTimeOffset now, string stream)
    {
        var book = market.Book(pair, now, BookLevels);
        return Changed($"{book.Time}") ? [frames.Book(book, stream)] : [];
    }

    private bool Changed(string state)
    {
        var changed = state != last;
        last = state;
        return changed;
    }

    /// <summary>Up to and including this millisecond, and the next time from the one after it.</summary>
    private static DateTimeOffset UpTo(DateTimeOffset now) => DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
}
