using AkkaCrypto.Hocon.Units;

namespace AkkaCrypto.Hocon.Tests;

public sealed class UnitTests
{
    [Theory]
    [InlineData("250ms", 2_500_000)]
    [InlineData("100", 1_000_000)]
    [InlineData(" 1.5 s ", 15_000_000)]
    [InlineData("1e3 micros", 10_000)]
    [InlineData("700ns", 7)]
    [InlineData("2us", 20)]
    [InlineData("1 second", 10_000_000)]
    [InlineData("3m", 1_800_000_000)]
    [InlineData("2 hours", 72_000_000_000)]
    [InlineData("1d", 864_000_000_000)]
    [InlineData("-5s", -50_000_000)]
    [InlineData("0", 0)]
    public void A_duration_is_read(string text, long ticks)
    {
        Assert.True(HoconDuration.TryParse(text, out var duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 S")]
    [InlineData("5 w")]
    [InlineData("1 s 2")]
    [InlineData("1ns")]
    [InlineData("1e300 d")]
    [InlineData("10675200d")]
    [InlineData("0x10 s")]
    [InlineData("1,000s")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(HoconDuration.TryParse(text, out _));

    [Theory]
    [InlineData("7", 0, 0, 7)]
    [InlineData("3 days", 0, 0, 3)]
    [InlineData("2w", 0, 0, 14)]
    [InlineData("6 mo", 0, 6, 0)]
    [InlineData("1 m", 0, 1, 0)]
    [InlineData("10 years", 10, 0, 0)]
    public void A_period_is_read(string text, int years, int months, int days)
    {
        Assert.True(HoconPeriod.TryParse(text, out var period));
        Assert.Equal(new HoconPeriod(years, months, days), period);
    }

    [Theory]
    [InlineData("1.5d")]
    [InlineData("1 h")]
    [InlineData("99999999999 d")]
    public void What_is_no_period_is_refused(string text) => Assert.False(HoconPeriod.TryParse(text, out _));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("1 B", 1)]
    [InlineData("2 bytes", 2)]
    [InlineData("1kB", 1000)]
    [InlineData("1K", 1024)]
    [InlineData("1k", 1024)]
    [InlineData("1Ki", 1024)]
    [InlineData("4MiB", 4_194_304)]
    [InlineData("1.5 MB", 1_500_000)]
    [InlineData("2 gibibytes", 2_147_483_648)]
    [InlineData("1 terabyte", 1_000_000_000_000)]
    [InlineData("7E", 8_070_450_532_247_928_832)]
    public void A_size_is_read(string text, long bytes)
    {
        Assert.True(HoconSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("1KB")]
    [InlineData("1 mb")]
    [InlineData("0.3 B")]
    [InlineData("8E")]
    [InlineData("1ZiB")]
    [InlineData("MiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(HoconSize.TryParse(text, out _));

    [Theory]
    [InlineData("250ms", "250ms")]
    [InlineData("90s", "90s")]
    [InlineData("60s", "1m")]
    [InlineData("24h", "1d")]
    [InlineData("100ns", "100ns")]
    [InlineData("0", "0s")]
    public void A_duration_is_written_short(string text, string written)
    {
        HoconDuration.TryParse(text, out var duration);
        Assert.Equal(written, HoconDuration.Format(duration));
    }

    [Theory]
    [InlineData(4_194_304, "4MiB")]
    [InlineData(1000, "1000B")]
    [InlineData(0, "0B")]
    [InlineData(1L << 40, "1TiB")]
    public void A_size_is_written_short(long bytes, string written) => Assert.Equal(written, HoconSize.Format(bytes));
}
