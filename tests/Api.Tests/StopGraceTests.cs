using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Tests;

public sealed class StopGraceTests
{
    [Fact]
    public void What_one_part_has_waited_the_next_has_no_more()
    {
        var (clock, setting) = (new Clock(), TimeSpan.FromSeconds(5));
        var grace = new StopGrace(() => setting, clock);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromSeconds(5), grace.Left);

        grace.Begin();
        clock.Advance(TimeSpan.FromSeconds(3));
        grace.Begin();
        setting = TimeSpan.FromSeconds(9);
        Assert.Equal(TimeSpan.FromSeconds(2), grace.Left);
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, grace.Left);
    }
}
