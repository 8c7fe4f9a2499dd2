using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>The rows of the live streams.</summary>
public static class StreamingTable
{
    private const string Trade =
        """{"type":"object","additionalProperties":false,"required":["kind","exchange","pair","trade_id","price","quantity","taker_side","time"],"properties":{"kind":{"const":"trade"},"exchange":{"type":"string"},"pair":{"type":"string"},"trade_id":{"type":"string"},"price":{"type":"string"},"quantity":{"type":"string"},"taker_side":{"enum":["buy","sell",null]},"time":{"type":"string"}}}""";

    private const string MissedSchema =
        """{"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{"data":{"type":"array","items":"""
        + Trade + """},"next_cursor":{"type":["string","null"]}}}""";

    /// <summary>A stream of events is text to JSON Schema.</summary>
    private const string EventsSchema = """{"type":"string"}""";

    private const string PriceExample =
        "retry: 2000\n\nid: 1042.0.1769860800000\nevent: price\ndata: {\"kind\":\"price\",\"asset\":\"bitcoin\",\"currency\":\"usd\","
        + "\"price\":\"97000.5\",\"market_cap\":null,\"volume_24h\":null,\"change_24h\":\"-1.25\",\"time\":\"2026-01-31T12:00:00Z\"}\n\n";

    private const string TradeExample =
        "retry: 2000\n\nid: 1043.0.1769860800123\nevent: trade\ndata: {\"kind\":\"trade\",\"exchange\":\"coinone\",\"pair\":\"btc-krw\","
        + "\"trade_id\":\"1\",\"price\":\"140000000\",\"quantity\":\"0.00000001\",\"taker_side\":\"buy\","
        + "\"time\":\"2026-01-31T12:00:00.123Z\"}\n\n";

    private const string Prices =
        "Server-sent events: price, its data the normalised record. First the newest of each series, then each that becomes the newest; "
        + "a slow client gets of each series only the newest. With Last-Event-ID what is new since then. A comment every 15 s.";

    private const string Trades =
        "Server-sent events: trade, its data the normalised record, in the order of commits and each once. With Last-Event-ID the stream "
        + "goes on after that event, over reconnects, restarts and nodes. What can't be shown, because the client was too slow or away for "
        + "too long, is told by an event missed {from, to, url}; the url gives it. A comment every 15 s.";

    private const string Missed =
        "The trades between two events in the order of commits: what an event missed speaks of. 404 once they are older than the log.";

    public static IReadOnlyList<ApiRoute> Of(
        LiveHub hub, IMarketReads reads, ConfiguredSeries configured, TimeProvider time, Requests requests)
    {
        var (prices, trades) = (new PriceStream(hub, reads, configured, time), new TradeStream(hub, reads, configured, time));
        var missed = new MissedTrades(hub, reads, configured);
        return
        [
            new("GET", "/stream/prices", "Streaming", "StreamPrices", "Prices as they are committed", Prices, PriceStream.Parameters,
                PriceExample, [404, 503], requests.HandleStream(
                    PriceStream.Parameters, PriceStream.Parse, [Media.EventStream], prices.ServeAsync),
                Media: Media.EventStream) { Schema = EventsSchema },
            new("GET", "/stream/trades", "Streaming", "StreamTrades", "Trades of a pair as they are committed", Trades,
                TradeStream.Parameters, TradeExample, [404, 503],
                requests.HandleStream(TradeStream.Parameters, TradeStream.Parse, [Media.EventStream], trades.ServeAsync),
                Media: Media.EventStream) { Schema = EventsSchema },
            new("GET", MissedTrades.Path, "Streaming", "MissedTrades", "Trades that a stream did not show", Missed,
                MissedTrades.Parameters, RouteExamples.Trades, [404, 503],
                requests.Handle(MissedTrades.Parameters, MissedTrades.Parse, missed.AnswerAsync,
                    new(BlankRecords.Trade, missed.ExportAsync)))
            {
                Schema = MissedSchema, AlsoAs = Media.SeriesAlso,
            },
        ];
    }
}
