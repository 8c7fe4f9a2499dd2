using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Market;

/// <summary>Against whole numbers that know no limit: every number × 10^400 is one.</summary>
public sealed class MarketNumberTests(ITestOutputHelper output)
{
    private const int Rounds = 20_000;

    [Fact]
    public void Order_equality_and_hash_are_those_of_the_values_whatever_zeros_end_them()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var left = Any(random);
            var right = random.Next(3) switch { 0 => Any(random), 1 => Near(left, random), _ => Padded(left, random) };
            var expected = Math.Sign(Whole(left).CompareTo(Whole(right)));
            var said = $"seed {seed}: {left} and {right}";
            Assert.True(expected == Math.Sign(left.CompareTo(right)), said);
            Assert.True((expected < 0, expected > 0, expected == 0) == ((left < right), (left > right), left == right), said);
            Assert.True((expected <= 0, expected >= 0) == (left <= right, left >= right), said);
            Assert.True(expected != 0 || left.GetHashCode() == right.GetHashCode(), said);
        }
    }

    [Fact]
    public void Every_number_is_read_back_from_its_text_and_from_JSON_and_has_no_exponent_there()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        Span<byte> utf8 = stackalloc byte[MarketNumber.LongestText];
        var chars = new char[MarketNumber.LongestText];
        for (var i = 0; i < Rounds; i++)
        {
            var number = Any(random);
            var text = number.ToString();
            var said = $"seed {seed}: {text}";
            Assert.True(text == Plain(number), said);
            Assert.True(MarketNumber.TryParse(text, out var again) && again == number, said);
            Assert.True(number.TryFormat(utf8, out var bytes, default, null) && Encoding.ASCII.GetString(utf8[..bytes]) == text, said);
            Assert.True(number.TryFormat(chars, out var length, default, null) && new string(chars, 0, length) == text, said);
            Assert.False(number.TryFormat(utf8[..(text.Length - 1)], out _, default, null), said);
            Assert.False(number.TryFormat(chars.AsSpan(0, text.Length - 1), out _, default, null), said);
            Assert.True(Json(number) == text, said);
        }
    }

    [Fact]
    public void A_decimal_is_the_same_number_and_comes_back_where_it_holds_all_digits()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var value = new decimal(random.Next(), random.Next(2) * random.Next(), random.Next(2) * random.Next(), i % 2 == 0,
                (byte)random.Next(29));
            MarketNumber number = value;
            Assert.True(number.TryToDecimal(out var again) && again == value, $"seed {seed}: {value}");
            Assert.Equal(DecimalText.Format(value), number.ToString());
            number = Any(random);
            var whole = Whole(number);
            var fits = BigInteger.Abs(whole) <= (BigInteger)decimal.MaxValue * BigInteger.Pow(10, 400) && number.Canonical().Scale <= 28;
            Assert.True(number.TryToDecimal(out var held) == fits && (!fits || held == number), $"seed {seed}: {number}");
        }
    }

    [Fact]
    public void A_sum_is_exact_up_to_28_digits_and_rounded_half_even_beyond()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var left = Any(random);
            var right = random.Next(2) == 0 ? Any(random) : Near(left, random);
            var sum = Whole(left) + Whole(right);
            var expected = HalfEven(sum, Math.Max(0, Digits(sum) - MarketNumber.MostDigits));
            Assert.True(expected == Whole(left + right), $"seed {seed}: {left} + {right} = {left + right}");
        }

        Assert.Equal("0", (new MarketNumber(true, 5UL, 3) + new MarketNumber(false, 5UL, 3)).ToString());
    }

    [Theory]
    [InlineData("1.005", 2, "1.01")]
    [InlineData("-1.005", 2, "-1.01")]
    [InlineData("1.00499999999999999999", 2, "1")]
    [InlineData("0.0000000000000000000000000000000000005", 36, "0.000000000000000000000000000000000001")]
    [InlineData("0.0000000000000000000000000000000000000000000000009", 2, "0")]
    [InlineData("9.99", 1, "10")]
    [InlineData("123e30", 2, "123000000000000000000000000000000")]
    public void A_number_is_rounded_to_decimals_away_from_zero(string text, int decimals, string expected)
    {
        Assert.Equal(expected, MarketNumbers.Of(text).RoundedTo(decimals).ToString());
    }

    [Theory]
    [InlineData("7", true)]
    [InlineData("7.000", true)]
    [InlineData("7e100", true)]
    [InlineData("0.00", true)]
    [InlineData("7.0001", false)]
    [InlineData("1e-300", false)]
    public void A_number_without_a_fraction_is_an_integer(string text, bool expected)
    {
        Assert.Equal(expected, MarketNumbers.Of(text).IsInteger);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("1e5")]
    [InlineData("1E-5")]
    [InlineData("12345678901234567890123456789")]
    [InlineData("1e309")]
    public void What_is_no_market_value_is_not_parsed(string? text)
    {
        Assert.False(MarketNumber.TryParse(text, out _));
    }

    [Fact]
    public void A_decimal_is_refused_rather_than_cut()
    {
        Assert.Throws<OverflowException>(() => (decimal)MarketNumbers.Of("1.5e-29"));
        Assert.Throws<OverflowException>(() => (decimal)MarketNumbers.Of("1e29"));
        Assert.Equal(10_000_000_000_000_000_000_000_000_000m, (decimal)MarketNumbers.Of("1e28"));
    }

    private static MarketNumber Any(Random random)
    {
        var digits = random.Next(1, 29);
        var coefficient = (UInt128)(BigInteger.Parse("1" + string.Concat(Enumerable.Range(0, 28).Select(_ => random.Next(10))),
            CultureInfo.InvariantCulture) / BigInteger.Pow(10, digits));
        coefficient = random.Next(20) == 0 ? 0 : random.Next(4) == 0 ? coefficient / 1000 * 1000 : coefficient;
        var scale = random.Next(4) == 0 ? random.Next(-280, 352) : random.Next(20);
        var number = new MarketNumber(random.Next(2) == 0, coefficient, scale);
        return number.IsInRange ? number : Any(random);
    }

    /// <summary>One in the last digit away, or of the other sign.</summary>
    private static MarketNumber Near(MarketNumber number, Random random) => random.Next(2) == 0
        ? -number
        : new MarketNumber(number.IsNegative, number.Coefficient + 1, number.Scale);

    /// <summary>The same value with zeros at its end, as many as there is room for.</summary>
    private static MarketNumber Padded(MarketNumber number, Random random)
    {
        var (coefficient, scale) = (number.Coefficient, number.Scale);
        for (var zeros = random.Next(28); zeros > 0 && coefficient < (UInt128.One << 92); zeros--)
        {
            (coefficient, scale) = (coefficient * 10, scale + 1);
        }

        return new MarketNumber(number.IsNegative, coefficient, scale);
    }

    private static BigInteger Whole(MarketNumber number)
    {
        var whole = (BigInteger)number.Coefficient * BigInteger.Pow(10, 400 - number.Scale);
        return number.IsNegative ? -whole : whole;
    }

    private static string Plain(MarketNumber number) =>
        MarketNumbers.Trimmed(MarketNumbers.Plain(number.IsNegative, number.Coefficient, number.Scale));

    private static int Digits(BigInteger whole) => BigInteger.Abs(whole).ToString(CultureInfo.InvariantCulture).Length;

    private static BigInteger HalfEven(BigInteger whole, int drop)
    {
        var unit = BigInteger.Pow(10, drop);
        var (quotient, rest) = BigInteger.DivRem(BigInteger.Abs(whole), unit);
        var twice = (rest * 2).CompareTo(unit);
        quotient += twice > 0 || (twice == 0 && !quotient.IsEven) ? 1 : 0;
        return (whole.Sign < 0 ? -quotient : quotient) * unit;
    }

    private static string Json(MarketNumber number)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("value"u8, number);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.GetProperty("value").GetRawText();
    }
}
