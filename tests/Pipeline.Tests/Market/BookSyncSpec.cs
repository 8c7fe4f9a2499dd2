using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>The pure core of a followed book, against a market that remembers what its book was at every number.</summary>
public sealed class BookSyncSpec(ITestOutputHelper output)
{
    private static readonly BookRules Rest = new(BookStart.Rest, NumberedMarket.StepOf);
    private static readonly BookRules Subscription = new(BookStart.Subscription, NumberedMarket.StepOf);
    private static readonly BookRules Checked = new(BookStart.Subscription, null, NumberedMarket.Checksum);
    private static readonly BookRules EveryFrame = new(BookStart.EveryFrame);

    public static TheoryData<string, int> Runs
    {
        get
        {
            var runs = new TheoryData<string, int>();
            foreach (var rules in (string[])["rest", "subscription", "checksum", "every frame"])
            {
                for (var run = 0; run < 25; run++)
                {
                    runs.Add(rules, run);
                }
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Whatever_is_lost_repeated_overtaken_or_broken_a_valid_book_is_right(string name, int run)
    {
        var random = new Random(Seed.Next(output) + (run * 31));
        var rules = name switch { "rest" => Rest, "subscription" => Subscription, "checksum" => Checked, _ => EveryFrame };
        var market = new NumberedMarket(random);
        var sync = new BookSync("coinone", "btc-krw", rules, mostWaiting: 40);
        var (valid, broken, late) = (0, 0, new List<NormalisedRecord>());
        market.Move();
        for (var step = 0; step < 600; step++)
        {
            if (step % 40 == 0 && rules.Start == BookStart.Subscription)
            {
                sync.Lost("cut"); // a new connection begins with a whole book, after which its messages come
                late.Clear();
                sync.Take(market.Now());
            }

            var delta = market.Move();
            var message = rules.Start == BookStart.EveryFrame ? market.Now() : (NormalisedRecord)delta;
            foreach (var sent in Disturbed(random, message, late))
            {
                var before = sync.State;
                sync.Take(sent);
                AssertRight(sync, market, rules, sent);
                broken += before == BookState.Valid && sync.State == BookState.Resyncing ? 1 : 0;
            }

            if (sync.WantsWhole && random.Next(3) == 0)
            {
                sync.TakeWhole(random.Next(4) == 0 ? Older(market, random) : market.Now());
                AssertRight(sync, market, rules, null);
            }

            valid += sync.State == BookState.Valid ? 1 : 0;
        }

        Assert.True(valid > 50 && (broken > 0 || rules.Start == BookStart.EveryFrame), $"{valid} steps valid, {broken} times broken");
        AssertComesBack(sync, market, rules);
    }

    [Fact]
    public void A_book_by_REST_is_asked_for_only_after_the_first_delta_and_begins_where_the_two_meet()
    {
        var market = new NumberedMarket(new Random(1));
        var sync = new BookSync("coinone", "btc-krw", Rest, 10);
        market.Move();
        var before = market.Now();
        Assert.False(sync.WantsWhole);
        sync.TakeWhole(before);
        Assert.Equal(BookState.Resyncing, sync.State);

        market.Move(); // never told
        sync.Take(market.Move());
        Assert.True(sync.WantsWhole);
        sync.TakeWhole(before);
        Assert.Equal(BookState.Resyncing, sync.State);
        Assert.True(sync.WantsWhole);

        sync.TakeWhole(market.Now());
        Assert.Equal(BookState.Valid, sync.State);
        Assert.Null(sync.Reason);
        AssertRight(sync, market, Rest, null);
    }

    [Fact]
    public void A_book_that_was_crossed_or_lost_keeps_what_was_last_known_and_says_why()
    {
        var sync = new BookSync("coinone", "btc-krw", EveryFrame, 10);
        Assert.Null(sync.Book);
        sync.Take(Book(1, [new(99, 1)], [new(101, 1)]));
        var known = sync.Book;
        Assert.Equal(1, known!.Sequence);

        sync.Take(Book(2, [new(101, 1)], [new(101, 1)]));
        Assert.Equal((BookState.Resyncing, "its best bid is no lower than its best ask"), (sync.State, sync.Reason));
        Assert.Same(known, sync.Book);

        sync.Take(Book(3, [new(100, 1)], [new(101, 1)]));
        Assert.Equal((BookState.Valid, 3), (sync.State, sync.Book!.Sequence!.Value));
        sync.Lost("the connection is lost");
        Assert.Equal((BookState.Resyncing, "the connection is lost"), (sync.State, sync.Reason));
        Assert.Equal(3, sync.Book!.Sequence!.Value);
    }

    [Fact]
    public void Levels_of_no_quantity_go_and_levels_past_the_depth_are_cut()
    {
        var sync = new BookSync("coinone", "btc-krw", new BookRules(BookStart.Subscription, Depth: 2), 10);
        sync.Take(Book(1, [new(99, 1), new(98, 1)], [new(101, 1), new(102, 1)]));
        sync.Take(new OrderBookDelta("coinone", "btc-krw", 2, 2, null, [new(99.5m, 3)], [new(101, 0), new(103, 4)]));

        Assert.Equal([new(99.5m, 3), new(99, 1)], sync.Book!.Bids);
        Assert.Equal([new(102, 1), new(103, 4)], sync.Book.Asks);
    }

    [Fact]
    public void An_older_whole_book_by_its_time_is_no_news()
    {
        var sync = new BookSync("coinone", "btc-krw", EveryFrame, 10);
        sync.Take(Book(null, [new(99, 1)], [new(101, 1)]) with { Time = ProviderTime.FromUnixSeconds(20) });
        sync.Take(Book(null, [new(98, 1)], [new(101, 1)]) with { Time = ProviderTime.FromUnixSeconds(10) });
        Assert.Equal(99, sync.Book!.Bids[0].Price);
    }

    [Fact]
    public void Deltas_without_numbers_cannot_be_fitted_onto_a_book_by_REST() =>
        Assert.Throws<ArgumentException>(() => new BookSync("coinone", "btc-krw", new BookRules(BookStart.Rest), 10));

    private static OrderBook Book(long? sequence, IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks) =>
        new("coinone", "btc-krw", sequence, null, bids, asks);

    /// <summary>Lost, twice, later, spoiled, or as it is.</summary>
    private static IEnumerable<NormalisedRecord> Disturbed(Random random, NormalisedRecord message, List<NormalisedRecord> late)
    {
        switch (random.Next(30))
        {
            case 0:
                break;
            case 1:
                yield return message;
                yield return message;
                break;
            case 2:
                late.Add(message);
                break;
            case 3 when message is OrderBookDelta delta:
                yield return delta with { Bids = [new BookLevel(500, 1)] };
                break;
            default:
                yield return message;
                break;
        }

        if (late.Count > 0 && random.Next(4) == 0)
        {
            yield return late[0];
            late.RemoveAt(0);
        }
    }

    private static void AssertRight(BookSync sync, NumberedMarket market, BookRules rules, NormalisedRecord? sent)
    {
        if (sync.State != BookState.Valid)
        {
            return;
        }

        // By numbers a book says itself which it is; by checksums alone it is the one of the message at hand.
        var sequence = rules.Checksum is not null && sent is OrderBookDelta delta ? delta.Sequence : sync.Book!.Sequence;
        Assert.Equal(market.At(sequence!.Value).Bids, sync.Book!.Bids);
        Assert.Equal(market.At(sequence.Value).Asks, sync.Book.Asks);
    }

    private static OrderBook Older(NumberedMarket market, Random random)
    {
        for (var sequence = market.Sequence - random.Next(30); sequence > 0; sequence--)
        {
            try
            {
                return market.At(sequence);
            }
            catch (KeyNotFoundException)
            {
                // a number amid a range
            }
        }

        return market.Now();
    }

    /// <summary>Without further trouble the book is valid, and the newest.</summary>
    private static void AssertComesBack(BookSync sync, NumberedMarket market, BookRules rules)
    {
        sync.Lost("cut");
        if (rules.Start == BookStart.Subscription)
        {
            sync.Take(market.Now());
        }

        var delta = market.Move();
        sync.Take(rules.Start == BookStart.EveryFrame ? market.Now() : delta);
        sync.TakeWhole(market.Now());
        Assert.Equal(BookState.Valid, sync.State);
        Assert.Equal(market.Now().Bids, sync.Book!.Bids);
        Assert.Equal(market.Sequence, sync.Book.Sequence);
    }
}
