using System.Globalization;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>Coinone's replies for trades that are numbered 1, 2, 3, …: trade n has the id n and happens n seconds after
/// <see cref="Start"/>.</summary>
public static class CoinoneReplies
{
    /// <summary>As many trades as Coinone shows at most.</summary>
    public const int Window = 200;

    /// <summary>Midnight UTC, 1 January 2026: where the fake clock starts too.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string PathOf(string pair) => pair.Split('-') is [var target, var quote]
        ? $"/public/v2/trades/{quote.ToUpperInvariant()}/{target.ToUpperInvariant()}"
        : throw new ArgumentException($"'{pair}' is not a pair.", nameof(pair));

    /// <summary>The trades from..to, newest first, as Coinone writes them.</summary>
    public static ScriptedReply Trades(string pair, int from, int to, string price = "100.5") => Trades(pair, from, to, _ => price);

    /// <summary>The same, of which some trades can't be read: their price is none.</summary>
    public static ScriptedReply Garbled(string pair, int from, int to, params int[] garbled) =>
        Trades(pair, from, to, number => garbled.Contains(number) ? "none" : "100.5");

    private static ScriptedReply Trades(string pair, int from, int to, Func<int, string> priceOf)
    {
        var legs = pair.Split('-');
        var trades = Enumerable.Range(from, to - from + 1).Reverse().Select(number => string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"id":"{{number}}","timestamp":{{TimeOf(number).ToUnixTimeMilliseconds()}},"price":"{{priceOf(number)}}","qty":"0.1","is_seller_maker":true}
            """));
        return ScriptedReply.Ok(
            $$"""
            {"result":"success","error_code":"0","server_time":1767225600000,"quote_currency":"{{legs[1]}}","target_currency":"{{legs[0]}}",
            "transactions":[{{string.Join(',', trades)}}]}
            """);
    }

    /// <summary>The newest <see cref="Window"/> trades when trade <paramref name="newest"/> was the last.</summary>
    public static ScriptedReply Newest(string pair, int newest) => Trades(pair, Math.Max(1, newest - Window + 1), newest);

    /// <summary>Trade <paramref name="number"/> as Coinone's websocket pushes it.</summary>
    public static string Pushed(string pair, int number, string price = "100.5")
    {
        var legs = pair.ToUpperInvariant().Split('-');
        return string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"response_type":"DATA","channel":"TRADE","data":{"quote_currency":"{{{legs[1]}}}","target_currency":"{{{legs[0]}}}",
            "id":"{{{number}}}","timestamp":{{{TimeOf(number).ToUnixTimeMilliseconds()}}},"price":"{{{price}}}","qty":"0.1","is_seller_maker":true}}
            """);
    }

    /// <summary>An error as Coinone sends it, under HTTP 200.</summary>
    public static ScriptedReply Error(string code, string message) =>
        ScriptedReply.Ok($$"""{"result":"error","error_code":"{{code}}","error_msg":"{{message}}"}""");

    public static DateTimeOffset TimeOf(int trade) => Start.AddSeconds(trade);
}
