using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds;

public sealed partial class DecimalReaderTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.000", "0")]
    [InlineData("0e99999", "0")]
    [InlineData("0.00123440", "0.0012344")]
    [InlineData("7493000.0", "7493000")]
    [InlineData("1.52899720736006e+15", "1528997207360060")]
    [InlineData("9.9E-7", "0.00000099")]
    [InlineData("1.16539E8", "116539000")]
    [InlineData("-1.5e0", "-1.5")]
    [InlineData("1e-28", "0.0000000000000000000000000001")]
    [InlineData("4e-29", "0.00000000000000000000000000004")]
    [InlineData("1.5e-28", "0.00000000000000000000000000015")]
    [InlineData(
        "-0.00000000000000000000000000000000000012345678901234567890", "-0.0000000000000000000000000000000000001234567890123456789")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("9999999999999999999999999999", "9999999999999999999999999999")]
    [InlineData("50000000000000000000000000000", "50000000000000000000000000000")]
    [InlineData("80000000000000000000000000000", "80000000000000000000000000000")]
    [InlineData("-1.25e33", "-1250000000000000000000000000000000")]
    [InlineData("1.000000000000000000000000000000000000000000000", "1")]
    public void A_number_that_fits_is_read_exactly(string text, string expected)
    {
        Assert.Equal((NumberOutcome.Exact, expected), Read(text));
    }

    [Theory]
    [InlineData("1.00000000000000000000000000005", "1")]
    [InlineData("1.0000000000000000000000000005", "1")] // a tie goes to the even digit
    [InlineData("1.0000000000000000000000000015", "1.000000000000000000000000002")]
    [InlineData("1.00000000000000000000000000050000000000000000001", "1.000000000000000000000000001")]
    [InlineData("9999999999999999999999999999.9", "10000000000000000000000000000")]
    [InlineData("79228162514264337593543950336", "79228162514264337593543950340")]
    [InlineData("-12345678901234567890123456789e5", "-1234567890123456789012345679000000")]
    [InlineData("99999999999999999999999999999e-40", "0.00000000001")]
    [InlineData(
        "1005246.7629434031910149947068007460133627451232639674421117337946419193599827700534809705802", "1005246.762943403191014994707")]
    public void A_longer_number_is_rounded_half_even_to_28_digits(string text, string expected)
    {
        Assert.Equal((NumberOutcome.Rounded, expected), Read(text));
    }

    [Theory]
    [InlineData("1e309")]
    [InlineData("-10e308")]
    [InlineData("9.99999999999999999999999999999e308")] // rounded to 28 digits it is 1e309
    [InlineData("1e999999999999999999999")]
    [InlineData("9e-325")]
    [InlineData("0.1e-324")]
    [InlineData("1e-99999999999999999999")]
    public void A_number_that_no_double_comes_near_is_out_of_range(string text)
    {
        Assert.Equal(NumberOutcome.OutOfRange, Read(text).Outcome);
    }

    [Theory]
    [InlineData("1e308", 309)]
    [InlineData("9.87654321e308", 309)]
    [InlineData("1e-324", 326)]
    [InlineData("4.9406564584124654e-324", 342)]
    public void The_ends_of_the_range_are_read_with_every_digit(string text, int length)
    {
        var (outcome, value) = Read(text);
        Assert.Equal((NumberOutcome.Exact, length), (outcome, value.Length));
        Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), double.Parse(value, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("+1")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("01")]
    [InlineData("1,000")]
    [InlineData("1_000")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e1.5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("abc")]
    [InlineData("٣")]
    public void What_is_not_JSONs_number_is_invalid(string text)
    {
        Assert.Equal(NumberOutcome.Invalid, Read(text).Outcome);
    }

    [Fact]
    public void Five_thousand_digits_are_read_whether_before_the_point_after_it_or_in_zeros()
    {
        Assert.Equal(NumberOutcome.OutOfRange, Read(new string('9', 5000)).Outcome);
        Assert.Equal((NumberOutcome.Rounded, "0.3333333333333333333333333333"), Read("0." + new string('3', 5000)));
        Assert.Equal((NumberOutcome.Exact, "1"), Read("0." + new string('0', 4999) + "1e5000"));
        Assert.Equal((NumberOutcome.Exact, "12"), Read("12" + new string('0', 5000) + "e-5000"));
    }

    /// <summary>Against whole-number arithmetic that knows no limit.</summary>
    [Fact]
    public void Random_numbers_agree_with_big_integer_arithmetic()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var digits = string.Concat(Enumerable.Range(0, random.Next(1, 45)).Select(_ => random.Next(10)));
            var decimals = random.Next(-290, 340);
            var text = $"{(digits.TrimStart('0') is "" ? "0" : digits.TrimStart('0'))}e{-decimals}";
            var (outcome, value) = Read(text);
            var expected = Reference(BigInteger.Parse(digits, CultureInfo.InvariantCulture), decimals);
            Assert.True(expected == (outcome, outcome is NumberOutcome.OutOfRange ? "" : value),
                $"seed {seed}: {text}: {(outcome, value)}, expected {expected}");
        }
    }

    private static (NumberOutcome, string) Reference(BigInteger digits, int decimals)
    {
        if (digits.IsZero)
        {
            return (NumberOutcome.Exact, "0");
        }

        var (kept, scale, isRounded) = (digits, decimals, false);
        while (kept % 10 == 0)
        {
            (kept, scale) = (kept / 10, scale - 1);
        }

        var length = kept.ToString(CultureInfo.InvariantCulture).Length;
        if (length - 1 - scale is < -324 or > 308)
        {
            return (NumberOutcome.OutOfRange, "");
        }

        if (length > 28)
        {
            var unit = BigInteger.Pow(10, length - 28);
            var (quotient, rest) = BigInteger.DivRem(kept, unit);
            var twice = (rest * 2).CompareTo(unit);
            isRounded = true;
            (kept, scale) = (quotient + (twice > 0 || (twice == 0 && !quotient.IsEven) ? 1 : 0), scale - (length - 28));
        }

        return (isRounded ? NumberOutcome.Rounded : NumberOutcome.Exact,
            MarketNumbers.Trimmed(MarketNumbers.Plain(isNegative: false, kept, scale)));
    }

    [Theory]
    [InlineData("0.00100000")]
    [InlineData("45285.2")]
    [InlineData("0.10000000")]
    [InlineData("12345678901.12345670")]
    [InlineData("1234567890123456789.000000000")]
    [InlineData("0.0000000000000000000000001000")]
    [InlineData("0.000000000000000000000000000000000000001000")]
    public void Zeros_that_end_a_fraction_are_kept_in_short_numbers_and_long_ones(string text)
    {
        Assert.Equal(NumberOutcome.Exact, DecimalReader.Read(Encoding.UTF8.GetBytes(text), out var value));
        Assert.Equal((text.Length - text.IndexOf('.') - 1, text.TrimEnd('0').TrimEnd('.')), (value.Scale, value.ToString()));
    }

    /// <summary>Numbers of up to 19 digits have ways of their own by their length; a character of another kind may stand
    /// anywhere.</summary>
    [Fact]
    public void Short_texts_agree_with_the_grammar_and_with_what_the_runtime_reads()
    {
        var seed = Seed.Next(output);
        var random = new Random(seed);
        var numbers = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = Enumerable.Range(0, random.Next(1, 24)).Select(_ => (char)('0' + random.Next(10))).ToArray();
            for (var changes = random.Next(3); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = "...-0/:+ \0\u007f\u0080\u00ff"[random.Next(13)];
            }

            var isNumber = PlainGrammar().IsMatch(new string(text));
            var outcome = DecimalReader.Read(Encoding.Latin1.GetBytes(text), out var value);
            var said = $"seed {seed}: \"{new string(text)}\" is {outcome} {value}";
            Assert.True(isNumber == outcome is NumberOutcome.Exact, said);
            numbers += isNumber ? 1 : 0;
            var expected = isNumber ? decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture) : 0;
            Assert.True((expected, isNumber ? expected.Scale : 0) == (value, value.Scale), said);
        }

        Assert.InRange(numbers, 10_000, 40_000);
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?\z")]
    private static partial Regex PlainGrammar();

    private static (NumberOutcome Outcome, string Value) Read(string text)
    {
        var outcome = DecimalReader.Read(Encoding.UTF8.GetBytes(text), out var value);
        return (outcome, value.ToString());
    }
}
