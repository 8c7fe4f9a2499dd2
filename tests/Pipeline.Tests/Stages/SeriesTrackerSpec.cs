using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.Tests.Stages;

public sealed class SeriesTrackerSpec
{
    private const int Window = 3;

    private readonly SeriesTracker _tracker = new("coinone", "trades", Window, TimeProvider.System);

    [Fact]
    public void The_first_reply_of_a_series_takes_it_to_its_newest_record_and_misses_nothing()
    {
        var followed = Follow((1, "1001"), (3, "3001"), (2, "2001"));

        Assert.Equal(Place(3, "3001"), followed.Furthest);
        Assert.Null(followed.Missed);
    }

    [Fact]
    public void A_full_window_that_still_shows_the_last_known_record_misses_nothing()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));

        var followed = Follow((3, "3001"), (4, "4001"), (5, "5001"));

        Assert.Null(followed.Missed);
        Assert.Equal(Place(5, "5001"), followed.Furthest);
    }

    [Fact]
    public void A_full_window_that_is_newer_than_the_last_known_record_registers_the_gap_with_its_exact_bounds()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));

        var gap = Follow((7, "7001"), (6, "6001"), (8, "8001")).Missed;

        Assert.NotNull(gap);
        Assert.Equal((Time(3), "3001"), (gap.From, gap.FromId));
        Assert.Equal((Time(6), "6001"), (gap.To, gap.ToId));
        Assert.Equal(new SeriesKey("coinone", "trades", "btc-krw"), gap.Series);
    }

    [Fact]
    public void A_window_that_is_not_full_shows_all_there_is_and_misses_nothing()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));

        Assert.Null(Follow((7, "7001"), (8, "8001")).Missed);
    }

    [Fact]
    public void At_the_instant_of_the_last_known_record_only_that_record_proves_that_nothing_is_missing()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));

        var gap = Follow((3, "3002"), (4, "4001"), (5, "5001")).Missed;

        Assert.NotNull(gap);
        Assert.Equal(("3001", "3002"), (gap.FromId, gap.ToId));
    }

    [Fact]
    public void Refused_elements_fill_the_window_too()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));
        var content = Content((7, "7001"), (8, "8001"));
        content.Refuse(RefusalCode.InvalidField, "a price that is none");

        Assert.NotNull(Follow(_tracker, content).Missed);
    }

    [Fact]
    public void A_late_reply_never_takes_a_series_back()
    {
        Follow((1, "1001"), (2, "2001"), (9, "9001"));

        Assert.Null(Follow((1, "1001"), (2, "2001"), (3, "3001")).Furthest);
        Assert.Null(Follow((8, "8001"), (9, "9001"), (10, "10001")).Missed);
    }

    [Fact]
    public void After_a_reset_the_committed_position_is_what_counts()
    {
        Follow((1, "1001"), (2, "2001"), (9, "9001"));
        _tracker.Reset([new FeedPosition(new SeriesKey("coinone", "trades", "btc-krw"), Time(3), "3001", 7)]);

        var followed = Follow((5, "5001"), (6, "6001"), (9, "9001"));

        Assert.Equal((Time(3), Time(5)), (followed.Missed!.From, followed.Missed.To));
        Assert.Equal(Place(9, "9001"), followed.Furthest);
    }

    [Fact]
    public void Within_a_batch_each_reply_follows_the_one_before_it_and_the_position_moves_once_to_the_furthest()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));

        var followed = _tracker.Follow(
        [
            new NormalisedReply(Ask, Reply, Content((5, "5001"), (6, "6001"), (7, "7001"))),
            new NormalisedReply(Ask, Reply, Content((7, "7001"), (8, "8001"), (9, "9001"))),
            new NormalisedReply(Ask, Reply, Content((12, "12001"), (13, "13001"), (14, "14001"))),
        ]);

        Assert.Equal([(3, 5), null, (9, 12)], followed.Select(reply => reply.Missed is { } gap ? Seconds(gap) : null));
        var progress = _tracker.ProgressOf(followed);
        var moved = Assert.Single(progress.Select(step => step.Position).OfType<FeedPosition>());
        Assert.Equal((Time(14), "14001", 1L), (moved.Time, moved.RecordId, moved.Version));
        Assert.Equal([(3, 5), (9, 12)], progress.Select(step => step.Gap).OfType<Gap>().Select(gap => Seconds(gap)!.Value));
    }

    [Fact]
    public void What_was_followed_but_not_committed_moves_nothing_and_hides_no_gap()
    {
        Follow((1, "1001"), (2, "2001"), (3, "3001"));
        _tracker.Follow([new NormalisedReply(Ask, Reply, Content((5, "5001"), (6, "6001"), (7, "7001")))]);

        var gap = Follow((7, "7001"), (8, "8001"), (9, "9001")).Missed;

        Assert.Equal((3, 7), Seconds(gap!));
    }

    [Fact]
    public void Ids_of_one_instant_order_as_numbers_do()
    {
        Assert.True(Place(1, "1000").CompareTo(Place(1, "999")) > 0);
        Assert.True(Place(1, "1001").CompareTo(Place(1, "1000")) > 0);
        Assert.True(Place(2, "1").CompareTo(Place(1, "999")) > 0);
    }

    [Fact]
    public void Datasets_without_a_window_have_no_such_gaps()
    {
        var tracker = new SeriesTracker("coinone", "orderbook", null, TimeProvider.System);
        Follow(tracker, Content((1, "1001")));

        Assert.Null(Follow(tracker, Content((100, "100001"))).Missed);
    }

    private static readonly Ask Ask = new(
        new SeriesRequest("btc-krw", "/first", "/later", new ReplyContext(Pair: "btc-krw")), WholeHistory: false);

    private static readonly ProviderReply Reply = new(default, 200, Cut: false, "GET /", DateTimeOffset.UnixEpoch);

    /// <summary>Follows one reply and commits it.</summary>
    private NormalisedReply Follow(params (int Second, string Id)[] trades) => Follow(_tracker, Content(trades));

    private static NormalisedReply Follow(SeriesTracker tracker, Normalised content)
    {
        var followed = tracker.Follow([new NormalisedReply(Ask, Reply, content)]);
        tracker.Committed(tracker.ProgressOf(followed));
        return Assert.Single(followed);
    }

    private static Normalised Content(params (int Second, string Id)[] trades)
    {
        var content = new Normalised();
        content.Records.AddRange(trades.Select(trade => new Trade("coinone", "btc-krw", trade.Id, 1m, 1m, null, Time(trade.Second))));
        return content;
    }

    private static ProviderTime Time(int second) => ProviderTime.FromUnixSeconds(second);

    private static (int From, int To)? Seconds(Gap gap) =>
        ((int)(gap.From.UnixNanoseconds / 1_000_000_000), (int)(gap.To.UnixNanoseconds / 1_000_000_000));

    private static SeriesPlace Place(int second, string id) => new(Time(second), id);
}
