using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// One channel of one pair on one connection, and how far it has told. Books and tickers begin with the present one, trades with the next.
/// </summary>
internal sealed class CoinoneSubscription(string channel, MarketPair pair, bool shortKeys, DateTimeOffset since)
{
    // A connection that could not be served for longer begins again here instead of flooding the client.
    private static readonly TimeSpan LongestBacklog = TimeSpan.FromSeconds(60);
    private const int BookLevels = 16;

    private DateTimeOffset told = since;
    private long lastBook = -1;
    private string lastTicker = "";

    public IEnumerable<byte[]> News(MarketModel market, DateTimeOffset now) => channel switch
    {
        "TRADE" => Trades(market, now),
        "TICKER" => Ticker(market, now),
        _ => Book(market, now),
    };

    private List<byte[]> Trades(MarketModel market, DateTimeOffset now)
    {
        // Up to and including this millisecond, and the next time from the one after it.
        var upTo = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
        var from = upTo - told > LongestBacklog ? upTo - LongestBacklog : told;
        told = upTo > told ? upTo : told;
        return from >= upTo ? [] : [.. market.Trades(pair, from, upTo).Select(t => CoinoneFrames.Trade(pair, t, shortKeys))];
    }

    private IEnumerable<byte[]> Book(MarketModel market, DateTimeOffset now)
    {
        var book = market.Book(pair, now, BookLevels);
        if (book.Time == lastBook)
        {
            return [];
        }

        lastBook = book.Time;
        return [CoinoneFrames.Book(pair, book, shortKeys)];
    }

    private IEnumerable<byte[]> Ticker(MarketModel market, DateTimeOffset now)
    {
        var newest = market.NewestTrades(pair, now, 1)[0].Id;
        if (newest == lastTicker)
        {
            return [];
        }

        lastTicker = newest;
        return [CoinoneFrames.Ticker(CoinoneTicker.At(market, pair, now), shortKeys)];
    }
}
