using AkkaCrypto.Api.Hosting;
using static AkkaCrypto.Api.Hosting.SchemaText;

namespace AkkaCrypto.Api.Ledger;

/// <summary>The bodies that the commands of wallets take, as JSON Schema with an example of each. What a schema can't say (the decimals of
/// a currency, sums, rates) the route refuses all the same.</summary>
public static class CommandSchemas
{
    private const string Amount =
        """
        {"type":"string","pattern":"^(?!0+(\\.0+)?$)[0-9]+(\\.[0-9]+)?$",
        "description":"Above zero, with at most the currency's decimals and 38 digits in all."}
        """;

    private const string OptionalAmount =
        """
        {"type":["string","null"],"pattern":"^(?!0+(\\.0+)?$)[0-9]+(\\.[0-9]+)?$",
        "description":"Above zero, with at most the currency's decimals and 38 digits in all."}
        """;

    private const string OptionalLimit =
        """
        {"type":["string","null"],"pattern":"^[0-9]+(\\.[0-9]+)?$",
        "description":"From zero on, with at most the currency's decimals and 38 digits in all."}
        """;

    private const string Currency =
        """{"type":"string","minLength":1,"description":"The code of a currency of akkacrypto.ledger.currencies."}""";

    private const string OptionalCurrency = """{"type":["string","null"],"minLength":1,"description":"Of the credit."}""";
    private const string Wallet = """{"type":"string","format":"uuid","description":"The id of a wallet."}""";

    private const string OptionalWallet =
        """{"type":["string","null"],"format":"uuid","description":"The id of a wallet; none: the money leaves the ledger."}""";

    private const string Reference =
        """{"type":["string","null"],"minLength":1,"maxLength":255,"description":"A note, without control characters."}""";

    private const string Expiry = """{"type":["string","null"],"format":"date-time","description":"In the future; none: never."}""";
    private const string Entry =
        """{"type":["string","integer"],"pattern":"^[0-9]+$","minimum":0,"description":"entry_id of an entry of this wallet."}""";

    private const string Rate =
        """{"type":["string","null"],"maxLength":80,"pattern":"^(?!0+(\\.0+)?$)[0-9]+(\\.[0-9]+)?$"}""";

    public static readonly BodyForm Create = new(
        Object("", ("currency", Currency), ("overdraft?", OptionalLimit), ("reference?", Reference)),
        """{"currency":"USD","overdraft":"0"}""");

    public static readonly BodyForm Deposit = new(
        Object("", ("amount", Amount), ("currency", Currency), ("reference?", Reference)),
        """{"amount":"12.50","currency":"USD","reference":"first money"}""");

    public static readonly BodyForm Withdrawal = new(
        Object("", ("amount", Amount), ("currency", Currency), ("reference?", Reference), ("minimum_balance?", OptionalLimit)),
        """{"amount":"2.50","currency":"USD","minimum_balance":"5"}""");

    public static readonly BodyForm Hold = new(
        Object(
            "", ("amount", Amount), ("currency", Currency), ("reference?", Reference), ("expires_at?", Expiry),
            ("minimum_balance?", OptionalLimit)),
        """{"amount":"10","currency":"USD","expires_at":"2030-01-31T12:00:00Z"}""");

    public static readonly BodyForm Capture = new(
        Object("", ("amount?", OptionalAmount), ("to?", OptionalWallet), ("reference?", Reference)),
        """{"amount":"7.50","to":"16fd2706-8baf-433b-82eb-8c7fada847da"}""", IsRequired: false);

    public static readonly BodyForm Refund = new(
        Object("", ("entry_id", Entry), ("amount?", OptionalAmount), ("reference?", Reference)),
        """{"entry_id":"1","amount":"10"}""");

    public static readonly BodyForm Transfer = new(
        OneOfSchemas(
            Object(
                "", ("to", Wallet), ("amount", Amount), ("currency", Currency), ("reference?", Reference),
                ("minimum_balance?", OptionalLimit)),
            Object(
                "", ("currency", Currency), ("legs", Legs()), ("amount?", OptionalAmount), ("rate?", Rate), ("reference?", Reference),
                ("minimum_balance?", OptionalLimit))),
        """{"to":"16fd2706-8baf-433b-82eb-8c7fada847da","amount":"12.50","currency":"USD"}""");

    /// <summary>Of commands that need nothing.</summary>
    public static readonly BodyForm Note = new(
        Object("", ("reference?", Reference)), """{"reference":"asked by its owner"}""", IsRequired: false);

    private static string Legs() => $$"""
        {"type":"array","minItems":1,"maxItems":100,"items":{{Object(
            "", ("to", Wallet), ("amount", Amount), ("credit?", OptionalAmount), ("credit_currency?", OptionalCurrency))}}}
        """;
}
