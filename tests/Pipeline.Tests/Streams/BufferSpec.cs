using System.Globalization;
using System.Runtime.CompilerServices;
using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class BufferSpec(ITestOutputHelper output)
{
    private readonly SourceProbe<int> upstream = new();
    private readonly List<int> dropped = [];
    private int size = 3;

    [Fact]
    public Task Backpressure_lets_upstream_run_ahead_by_the_buffer_and_one_in_hand() => Run(OverflowStrategy.Backpressure, async sink =>
    {
        await upstream.SendAllAsync(1, 2, 3, 4);
        Assert.Equal(5, upstream.Demand);
        await sink.ExpectNextAsync(1);
        await upstream.SendNextAsync(5);
        await sink.ExpectNextAsync(2, 3, 4, 5);
        Assert.Empty(dropped);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(100)]
    public async Task Every_element_crosses_once_and_in_order_however_the_two_sides_pause(int places)
    {
        const int Elements = 20_000;
        var seed = Seed.Next(output);
        var (above, below) = (new Random(seed), new Random(seed + 1));
        var next = 0;
        var run = Source.From(Counted).Buffer(places, OverflowStrategy.Backpressure)
            .To(Sink.ForEach<string>(element =>
            {
                Assert.Equal(next++.ToString(CultureInfo.InvariantCulture), element);
                Pause(below);
            }))
            .RunAsync(CancellationToken.None);

        await run.Within($"{Elements} elements have crossed");
        Assert.Equal(Elements, next);

        async IAsyncEnumerable<string> Counted([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var element = 0; element < Elements; element++)
            {
                if (above.Next(50) == 0)
                {
                    await Task.Yield();
                }

                Pause(above);
                yield return element.ToString(CultureInfo.InvariantCulture);
            }
        }

        static void Pause(Random random)
        {
            if (random.Next(20) == 0)
            {
                Thread.SpinWait(random.Next(2000));
            }
        }
    }

    [Theory]
    [InlineData(OverflowStrategy.DropHead, new[] { 3, 4, 5 }, new[] { 1, 2 })]
    [InlineData(OverflowStrategy.DropTail, new[] { 1, 2, 5 }, new[] { 3, 4 })]
    [InlineData(OverflowStrategy.DropNew, new[] { 1, 2, 3 }, new[] { 4, 5 })]
    [InlineData(OverflowStrategy.DropBuffer, new[] { 4, 5 }, new[] { 1, 2, 3 })]
    public Task A_full_buffer_drops_what_its_strategy_says_and_reports_each_loss(OverflowStrategy strategy, int[] kept, int[] lost) =>
        Run(strategy, async sink =>
        {
            await upstream.SendAllAsync(1, 2, 3, 4, 5);
            await upstream.SendCompleteAsync();
            await Eventually.HoldsAsync(() => upstream.IsDisposed);
            await sink.ExpectNextAsync(kept);
            await sink.ExpectCompleteAsync();
            Assert.Equal(lost, dropped);
        });

    [Fact]
    public Task Fail_delivers_what_was_buffered_and_then_fails() => Run(OverflowStrategy.Fail, async sink =>
    {
        await upstream.SendAllAsync(1, 2, 3, 4);
        await upstream.ExpectCancellationAsync();
        await sink.ExpectNextAsync(1, 2, 3);
        Assert.Contains("3 places", (await sink.ExpectErrorAsync<BufferOverflowException>()).Message, StringComparison.Ordinal);
    });

    [Fact]
    public Task A_live_size_lets_upstream_run_ahead_by_the_buffer_and_one_in_hand() => RunLive(async sink =>
    {
        await upstream.SendAllAsync(1, 2, 3, 4);
        Assert.Equal(5, upstream.Demand);
        await sink.ExpectNextAsync(1);
        await upstream.SendNextAsync(5);
        await sink.ExpectNextAsync(2, 3, 4, 5);
    });

    [Fact]
    public Task A_raised_size_is_obeyed_at_the_next_element_that_leaves() => RunLive(async sink =>
    {
        await upstream.SendAllAsync(1, 2, 3, 4);
        size = 5;
        Assert.Equal(5, upstream.Demand);
        await sink.ExpectNextAsync(1);
        await upstream.SendAllAsync(5, 6, 7);
        Assert.Equal(8, upstream.Demand);
        await sink.ExpectNextAsync(2, 3, 4, 5, 6, 7);
    });

    [Fact]
    public Task What_is_buffered_past_a_lowered_size_stays_and_leaves_in_order() => RunLive(async sink =>
    {
        await upstream.SendAllAsync(1, 2, 3, 4);
        size = 1;
        await sink.ExpectNextAsync(1, 2);
        Assert.Equal(5, upstream.Demand);
        await sink.ExpectNextAsync(3);
        await upstream.SendNextAsync(5);
        await sink.ExpectNextAsync(4, 5);
    });

    private Task RunLive(Func<SinkProbe<int>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(upstream.Source.Buffer(() => size));
        sink.Request();
        await upstream.SendNextAsync(0);
        await sink.ExpectNextAsync(0);
        await body(sink);
        await sink.DisposeAsync();
    });

    /// <summary>
    /// The buffer has three places. Downstream has been given 0 and hasn't asked again, so that what follows stays in the buffer.
    /// </summary>
    private Task Run(OverflowStrategy strategy, Func<SinkProbe<int>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(upstream.Source.Buffer(3, strategy, dropped.Add));
        sink.Request();
        await upstream.SendNextAsync(0);
        await sink.ExpectNextAsync(0);
        await body(sink);
        await sink.DisposeAsync();
    });
}
