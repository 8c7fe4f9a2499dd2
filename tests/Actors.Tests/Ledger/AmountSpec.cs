using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Tests.Ledger;

public sealed class AmountSpec
{
    [Theory]
    [InlineData("12.50", 2, "1250")]
    [InlineData("12.500", 2, "1250")]
    [InlineData("0012", 0, "12")]
    [InlineData("0.00000001", 8, "1")]
    [InlineData("99999999999999999999999999999999999999", 0, "99999999999999999999999999999999999999")]
    [InlineData("99999999999999999999.999999999999999999", 18, "99999999999999999999999999999999999999")]
    public void An_amount_is_read_exactly(string text, int decimals, string minor)
    {
        Assert.Null(Amount.Parse(text, decimals, out var read));
        Assert.Equal(Int128.Parse(minor), read);
    }

    [Theory]
    [InlineData("", 2, AmountFault.NotANumber)]
    [InlineData(".5", 2, AmountFault.NotANumber)]
    [InlineData("5.", 2, AmountFault.NotANumber)]
    [InlineData("1e3", 2, AmountFault.NotANumber)]
    [InlineData("NaN", 2, AmountFault.NotANumber)]
    [InlineData(" 1", 2, AmountFault.NotANumber)]
    [InlineData("+1", 2, AmountFault.NotANumber)]
    [InlineData("1.2.3", 2, AmountFault.NotANumber)]
    [InlineData("٣", 2, AmountFault.NotANumber)]
    [InlineData("0", 2, AmountFault.NotPositive)]
    [InlineData("0.00", 2, AmountFault.NotPositive)]
    [InlineData("-1", 2, AmountFault.NotPositive)]
    [InlineData("1.001", 2, AmountFault.TooManyDecimals)]
    [InlineData("1.5", 0, AmountFault.TooManyDecimals)]
    [InlineData("100000000000000000000000000000000000000", 0, AmountFault.TooManyDigits)]
    [InlineData("1000000000000000000000000000000000000", 2, AmountFault.TooManyDigits)]
    public void What_is_no_amount_is_told_why(string text, int decimals, AmountFault fault) =>
        Assert.Equal(fault, Amount.Parse(text, decimals, out _));

    [Theory]
    [InlineData("1250", 2, "12.5")]
    [InlineData("-5", 2, "-0.05")]
    [InlineData("0", 8, "0")]
    [InlineData("300", 2, "3")]
    [InlineData("7", 0, "7")]
    public void An_amount_is_written_in_its_shortest_form(string minor, int decimals, string text) =>
        Assert.Equal(text, Amount.Format(Int128.Parse(minor), decimals));
}
