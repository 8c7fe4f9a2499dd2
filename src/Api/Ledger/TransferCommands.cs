using System.Globalization;
using System.Numerics;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Ledger;

/// <summary>Reads transfers: to one wallet, or to several by legs, each of which may be an exchange.</summary>
public sealed class TransferCommands(Func<LedgerSettings> settings)
{
    public const string Body =
        "{\"to\": \"(id of a wallet)\", \"amount\": \"12.50\", \"currency\": \"USD\"}, or legs, of which all are paid or none: "
        + "{\"currency\": \"USD\", \"amount\": \"100\", \"legs\": [{\"to\": \"(id)\", \"amount\": \"100\", \"credit\": \"0.001\", "
        + "\"credit_currency\": \"BTC\"}], \"rate\": \"0.00001\"}. amount beside legs is their sum and may be left out; credit and "
        + "credit_currency: what is received, where it is of another currency; rate: then each credit must be exactly amount times rate. "
        + "At most 100 legs. reference, minimum_balance as for a withdrawal.";

    private const int MostLegs = 100;
    private const int LongestRate = 80;

    private IReadOnlyDictionary<string, int> Currencies => settings().Currencies;

    public ValueTask<ReadCommand> Read(CommandRequest request)
    {
        var body = CommandBody.Read(
            request.Body, Currencies, "to", "amount", "currency", "legs", "rate", "reference", "minimum_balance");
        var (currency, decimals) = body.Currency();
        var minimum = body.OptionalMoney("minimum_balance", decimals, isZeroAllowed: true);
        var reference = body.Reference();
        var legs = body.Has("legs") ? Legs(body, currency, decimals) : [Single(body, currency, decimals)];
        return new(ReadCommand.Of(body, () => new Transfer(request.Wallet, request.Key("/transfers"), currency, legs)
        {
            Reference = reference, MinimumBalance = minimum,
        }));
    }

    private static TransferLeg Single(CommandBody body, string currency, int decimals)
    {
        if (body.Has("rate"))
        {
            body.Fault("rate", "belongs to legs with credit and credit_currency");
        }

        var amount = body.Money("amount", decimals);
        return new(body.Wallet("to"), amount, amount, currency);
    }

    private List<TransferLeg> Legs(CommandBody body, string currency, int decimals)
    {
        if (body.Has("to"))
        {
            body.Fault("to", "must not stand beside legs, each of which has its own");
        }

        var rate = Rate(body);
        var legs = new List<TransferLeg>();
        foreach (var leg in body.List("legs", MostLegs, "to", "amount", "credit", "credit_currency")!)
        {
            legs.Add(Leg(leg, currency, decimals, rate));
        }

        var total = body.OptionalMoney("amount", decimals, isZeroAllowed: false);
        if (total is { } sum && legs.Aggregate(BigInteger.Zero, (all, leg) => all + leg.Debit) != sum)
        {
            body.Fault("amount", "must be the sum of the legs' amounts, or left out");
        }

        return legs;
    }

    private TransferLeg Leg(CommandBody leg, string currency, int decimals, (BigInteger Digits, int Decimals)? rate)
    {
        var (to, debit) = (leg.Wallet("to"), leg.Money("amount", decimals));
        if (!leg.Has("credit") && !leg.Has("credit_currency"))
        {
            if (rate is not null)
            {
                leg.Fault("credit", "is required beside rate");
            }

            return new(to, debit, debit, currency);
        }

        var (creditCurrency, creditDecimals) = leg.Currency("credit_currency");
        var credit = leg.Money("credit", creditDecimals);
        if (creditCurrency == currency)
        {
            leg.Fault("credit_currency", "must be another currency than what is paid, or left out with credit");
        }
        else if (rate is { } at && leg.Faults.Count == 0
            && debit * at.Digits * BigInteger.Pow(10, creditDecimals) != credit * BigInteger.Pow(10, decimals + at.Decimals))
        {
            leg.Fault("credit", "must be exactly amount times rate");
        }

        return new(to, debit, credit, creditCurrency);
    }

    /// <summary>As whole digits and how many of them stand behind the point; null: none is given, or it is at fault.</summary>
    private static (BigInteger Digits, int Decimals)? Rate(CommandBody body)
    {
        if (!body.Has("rate"))
        {
            return null;
        }

        if (body.Text("rate") is { Length: <= LongestRate } text && text.Split('.') is { Length: 1 or 2 } parts
            && Array.TrueForAll(parts, part => part.Length > 0 && part.All(char.IsAsciiDigit))
            && BigInteger.Parse(string.Concat(parts), NumberStyles.None, CultureInfo.InvariantCulture) is { IsZero: false } digits)
        {
            return (digits, parts.Length == 2 ? parts[1].Length : 0);
        }

        body.Fault("rate", $"must be a decimal number above zero as text, of at most {LongestRate} characters");
        return null;
    }
}
