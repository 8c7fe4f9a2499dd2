using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

/// <summary>How books begin, follow each other and are checked, on what the exchanges sent.</summary>
public sealed class BookRulesTests
{
    /// <summary>The example of Kraken's own page on the socket v2's checksum.</summary>
    private const string Documented = """
        {"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",
        "asks":[{"price":45285.2,"qty":0.00100000},{"price":45286.4,"qty":1.54571953},{"price":45286.6,"qty":1.54571109},
        {"price":45289.6,"qty":1.54560911},{"price":45290.2,"qty":0.15890660},{"price":45291.8,"qty":1.54553491},
        {"price":45294.7,"qty":0.04454749},{"price":45296.1,"qty":0.35380000},{"price":45297.5,"qty":0.09945542},
        {"price":45299.5,"qty":0.18772827}],
        "bids":[{"price":45283.5,"qty":0.10000000},{"price":45283.4,"qty":1.54582015},{"price":45282.1,"qty":0.10000000},
        {"price":45281.0,"qty":0.10000000},{"price":45280.3,"qty":1.54592586},{"price":45279.0,"qty":0.07990000},
        {"price":45277.6,"qty":0.03310103},{"price":45277.5,"qty":0.30000000},{"price":45277.3,"qty":1.54602737},
        {"price":45276.6,"qty":0.15445238}],"checksum":3310070434}]}
        """;

    private static readonly BookRules Binance = Providers.Find("binance")!.Sockets["orderbook"].Books!;
    private static readonly BookRules Kraken = Providers.Find("kraken")!.Sockets["orderbook"].Books!;

    [Theory]
    [InlineData("kraken", "btc-usd",
        """{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100},"req_id":1}""",
        """{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100,"snapshot":true},"req_id":1}""")]
    [InlineData("coinbase", "btc-usd",
        """{"type":"unsubscribe","product_ids":["BTC-USD"],"channels":["level2_batch"]}""",
        """{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2_batch"]}""")]
    public void A_book_is_begun_anew_by_leaving_it_and_subscribing_to_it_alone(string provider, string pair, params string[] messages)
    {
        var settings = TestSettings.Read().Feeds[provider].Datasets["orderbook"] with { Pairs = [pair] };

        Assert.Equal(
            messages,
            Providers.Find(provider)!.Sockets["orderbook"].BeginAnew(settings).Select(text => Encoding.UTF8.GetString(text.Span)));
    }

    [SharedFact]
    public void A_recorded_book_of_Kraken_followed_by_its_updates_has_the_checksum_of_each()
    {
        var book = new FollowedBook(depth: 1000);
        var checkedUpdates = 0;
        foreach (var frame in Fixtures.Payloads("kraken/ws1-book__grt-eth.json"))
        {
            switch (Assert.Single(Normalising.Run("kraken", "ws", frame).Records))
            {
                case OrderBook whole:
                    book.Begin(whole);
                    break;
                case OrderBookDelta delta:
                    book.Apply(delta);
                    Assert.Equal(delta.Checksum, Kraken.Checksum!(book.Bids, book.Asks));
                    checkedUpdates++;
                    break;
            }
        }

        Assert.Equal(20, checkedUpdates);
    }

    [Fact]
    public void The_documented_book_of_Kraken_has_its_checksum_from_numbers_that_end_in_zeros()
    {
        var book = Assert.IsType<OrderBook>(Assert.Single(Normalising.Run("kraken", "ws", Documented).Records));
        Assert.Equal(3310070434, Kraken.Checksum!(book.Bids, book.Asks));
    }

    [Fact]
    public void Another_quantity_or_a_level_too_many_is_another_checksum()
    {
        var book = Assert.IsType<OrderBook>(Assert.Single(Normalising.Run("kraken", "ws", Documented).Records));
        Assert.NotEqual(3310070434, Kraken.Checksum!(book.Bids, [.. book.Asks.Skip(1)]));
        Assert.NotEqual(3310070434, Kraken.Checksum!([new BookLevel(45283.5m, 0.2m), .. book.Bids.Skip(1)], book.Asks));
        Assert.Equal(3310070434, Kraken.Checksum!([.. book.Bids, new BookLevel(1m, 1m)], [.. book.Asks, new BookLevel(99_999m, 1m)]));
    }

    [SharedFact]
    public void The_recorded_changes_of_Binance_follow_its_recorded_snapshot()
    {
        var whole = (OrderBook)Assert.Single(Normalising.Run(
            "binance", "orderbook", Fixtures.Reply("binance/depth__nknusdt-1000.json"), new ReplyContext("nkn-usdt")).Records);
        var steps = new List<BookStep>();
        var (last, wasWhole) = (whole.Sequence, true);
        foreach (var frame in Fixtures.Payloads("binance/ws-depth__nknusdt.json"))
        {
            var delta = (OrderBookDelta)Assert.Single(Normalising.Run("binance", "ws", frame).Records);
            steps.Add(Binance.StepOf!(last, wasWhole, delta));
            (last, wasWhole) = steps[^1] == BookStep.Next ? (delta.Sequence, false) : (last, wasWhole);
        }

        Assert.Equal(BookStart.Rest, Binance.Start);
        Assert.Equal([BookStep.Old, .. Enumerable.Repeat(BookStep.Next, 149)], steps);
    }

    [Theory]
    [InlineData(100, true, 90, 100, BookStep.Old)]
    [InlineData(100, true, 90, 99, BookStep.Old)]
    [InlineData(100, true, 90, 101, BookStep.Next)]
    [InlineData(100, true, 101, 101, BookStep.Next)]
    [InlineData(100, true, 101, 110, BookStep.Next)]
    [InlineData(100, true, 102, 110, BookStep.Gap)]
    [InlineData(100, false, 101, 110, BookStep.Next)]
    [InlineData(100, false, 100, 110, BookStep.Gap)]
    [InlineData(100, false, 102, 110, BookStep.Gap)]
    [InlineData(100, false, 90, 100, BookStep.Old)]
    public void A_change_of_Binance_is_old_the_next_or_proof_of_a_gap(
        long last, bool wasWhole, long first, long final, BookStep expected) =>
        Assert.Equal(expected, Binance.StepOf!(last, wasWhole, new OrderBookDelta("binance", "btc-usdt", first, final, null, [], [])));

    [Fact]
    public void A_book_of_Binance_without_a_number_cannot_be_followed() =>
        Assert.Equal(BookStep.Gap, Binance.StepOf!(null, true, new OrderBookDelta("binance", "btc-usdt", 1, 2, null, [], [])));

    [Fact]
    public void A_book_of_Kraken_begins_with_the_subscription_and_is_cut_to_its_depth()
    {
        Assert.Equal((BookStart.Subscription, 100), (Kraken.Start, Kraken.Depth));
        Assert.Null(Kraken.StepOf);
    }
}
