using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Api.Tests;

/// <summary>The lines of the feeds below the log lines of a terminal.</summary>
public sealed class ProgressTests
{
    private readonly StringWriter _terminal = new();

    [Fact]
    public void A_line_tells_state_rows_rate_and_lag_and_why_a_feed_waits()
    {
        FeedStatus[] before = [Feed("coinone", "trades", FeedState.Running, 100), Feed("coingecko", "simple_price", FeedState.Running, 7)];
        FeedStatus[] now =
        [
            Feed("coinone", "trades", FeedState.Running, 12_350, TimeSpan.FromMilliseconds(1200)),
            Feed("coingecko", "simple_price", FeedState.BackingOff, 7) with { Reason = "no\e[2J answer" },
            Feed("cryptoquant", "onchain", FeedState.Disabled, 0),
        ];

        Assert.Equal(
            [
                "coinone/trades          running       12,350 rows    6,125.0/s  lag 1.2 s     ",
                "coingecko/simple_price  waiting            7 rows        0.0/s                  no [2J answer",
            ],
            FeedProgress.Lines(before, now, TimeSpan.FromSeconds(2), 200, 10));
    }

    [Fact]
    public void Lines_never_wrap_nor_scroll()
    {
        var feeds = Enumerable.Range(0, 9).Select(i => Feed("provider", $"dataset{i}", FeedState.Running, i)).ToList();

        var lines = FeedProgress.Lines([], feeds, TimeSpan.FromSeconds(1), 30, 4);

        Assert.Equal(4, lines.Count);
        Assert.Equal("… and 6 more", lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 30));
        Assert.Empty(FeedProgress.Lines([], feeds, TimeSpan.FromSeconds(1), 30, 0));
    }

    [Fact]
    public void What_is_written_takes_the_lines_away_and_they_are_drawn_below_it_but_never_inside_a_line()
    {
        using var board = new TerminalBoard(_terminal);
        board.Draw(["a", "b"]);
        board.Write("12:00 INF ");
        board.Draw(["a", "b"]);
        board.WriteLine("started");
        board.Draw(["c"]);
        board.Draw(["d"]);
        board.Draw([]);
        board.Write("end\n");

        Assert.Equal("a\nb\n\r\e[2A\e[0J12:00 INF started\nc\n\r\e[1A\e[0Jd\n\r\e[1A\e[0Jend\n", _terminal.ToString());
    }

    [Fact]
    public async Task The_lines_are_drawn_each_second_and_gone_when_it_stops()
    {
        var time = new FakeTimeProvider();
        await using var board = new TerminalBoard(_terminal);
        await using (FeedProgress.Start(board, () => [Feed("coinone", "trades", FeedState.Running, 5)], time))
        {
            await time.WhenArmedAsync();
            time.Advance(TimeSpan.FromSeconds(1));
            await time.WhenArmedAsync();
        }

        Assert.EndsWith("\r\e[1A\e[0J", _terminal.ToString(), StringComparison.Ordinal);
    }

    private static FeedStatus Feed(string provider, string dataset, FeedState state, int rows, TimeSpan? lag = null) => new(
        provider, dataset, state, null, 1, 1, new IngestCounts(rows, rows, 0, 0, 0, 0), 1, 0, 0, lag, null, null, null);
}
