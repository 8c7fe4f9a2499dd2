using System.Text;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

public sealed class TimeReaderTests
{
    [Theory]
    [InlineData("1521036988", 0, "2018-03-14T14:16:28Z")]
    [InlineData("1521036988.25", 0, "2018-03-14T14:16:28.25Z")]
    [InlineData("1534614057.321590", 0, "2018-08-18T17:40:57.321590Z")]
    [InlineData("1534614057.000000", 0, "2018-08-18T17:40:57.000000Z")]
    [InlineData("1534614057.0", 0, "2018-08-18T17:40:57Z")]
    [InlineData("1534614057.32159000000000", 0, "2018-08-18T17:40:57.321590000Z")]
    [InlineData("1790134177835.250", 3, "2026-09-23T03:29:37.835250Z")]
    [InlineData("1620550800000.0", 3, "2021-05-09T09:00:00.000Z")]
    [InlineData("1.6205508E12", 3, "2021-05-09T09:00:00.000Z")]
    [InlineData("1790134177835", 3, "2026-09-23T03:29:37.835Z")]
    [InlineData("1790134177835001", 6, "2026-09-23T03:29:37.835001Z")]
    [InlineData("1790134177835001999", 9, "2026-09-23T03:29:37.835001999Z")]
    [InlineData("1790134177835.25", 3, "2026-09-23T03:29:37.83525Z")]
    [InlineData("631152000", 0, "1990-01-01T00:00:00Z")]
    [InlineData("7289654399999", 3, "2200-12-31T23:59:59.999Z")]
    public void A_unix_time_keeps_the_providers_digits(string text, int unit, string expected)
    {
        Assert.Equal(NumberOutcome.Exact, TimeReader.ReadUnix(Encoding.UTF8.GetBytes(text), (UnixUnit)unit, out var time));
        Assert.Equal(expected, time.ToString());
    }

    [Theory]
    [InlineData("0", 0, "OutOfRange")]
    [InlineData("-1", 0, "OutOfRange")]
    [InlineData("631151999", 0, "OutOfRange")]
    [InlineData("7289654400", 0, "OutOfRange")]
    [InlineData("1521036988", 3, "OutOfRange")] // seconds where milliseconds were due: never guessed
    [InlineData("1790134177835", 0, "OutOfRange")]
    [InlineData("99999999999999999999", 9, "OutOfRange")]
    [InlineData("1e40", 3, "OutOfRange")]
    [InlineData("", 3, "Invalid")]
    [InlineData("01521036988", 0, "Invalid")]
    [InlineData("1521036988.0123456789", 0, "Invalid")]
    [InlineData("2021-05-09", 3, "Invalid")]
    [InlineData("now", 0, "Invalid")]
    public void An_implausible_time_is_refused(string text, int unit, string expected)
    {
        Assert.Equal(expected, TimeReader.ReadUnix(Encoding.UTF8.GetBytes(text), (UnixUnit)unit, out _).ToString());
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("0.000000", true)]
    [InlineData("1970-01-01T00:00:00Z", true)]
    [InlineData("0001-01-01T00:00:00", true)]
    [InlineData("1970-01-01T00:00:01Z", false)]
    [InlineData("01", false)]
    [InlineData("0.5", false)]
    [InlineData("", false)]
    public void A_zero_is_no_instant(string text, bool isNone) => Assert.Equal(isNone, TimeReader.IsNone(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("2025-12-23", "2025-12-23T00:00:00Z")]
    [InlineData("2025-12-23 10:00:00", "2025-12-23T10:00:00Z")]
    [InlineData("2021-05-16T07:46:57+00:00", "2021-05-16T07:46:57Z")]
    [InlineData("2021-05-16T16:46:57.5+09:00", "2021-05-16T07:46:57.5Z")]
    [InlineData("2021-05-15T15:59:43.867Z", "2021-05-15T15:59:43.867Z")]
    [InlineData("1989-12-31", null)]
    [InlineData("2021-02-30", null)]
    [InlineData("yesterday", null)]
    public void An_iso_time_keeps_the_providers_digits(string text, string? expected)
    {
        var outcome = TimeReader.ReadIso(Encoding.UTF8.GetBytes(text), out var time);
        Assert.Equal(expected, outcome is NumberOutcome.Exact ? time.ToString() : null);
    }
}
