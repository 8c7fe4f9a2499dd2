namespace AkkaCrypto.Api.Ledger;

/// <summary>What the routes of wallets answer, as JSON Schema, and an example of each.</summary>
public static class LedgerSchemas
{
    private const string Amount = """{"type":"string","pattern":"^-?[0-9]+(\\.[0-9]+)?$"}""";
    private const string Uuid = """{"type":"string","format":"uuid"}""";
    private const string State = """{"enum":["open","frozen","closed"]}""";

    public const string Wallet =
        """
        {"type":"object","additionalProperties":false,
        "required":["id","currency","balance","available","held","version","state"],"properties":{
        """
        + "\"id\":" + Uuid + ",\"currency\":{\"type\":\"string\"},\"balance\":" + Amount + ",\"available\":" + Amount
        + ",\"held\":" + Amount + ",\"version\":{\"type\":\"integer\",\"minimum\":0},\"state\":" + State + "}}";

    public const string WalletExample =
        """{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","currency":"USD","balance":"12.5","available":"12.5","held":"0","version":1,"state":"open"}""";

    public const string Mutation =
        """
        {"type":"object","additionalProperties":false,
        "required":["id","entry_id","balance","available","held","version","state"],"properties":{
        """
        + "\"id\":" + Uuid + ",\"entry_id\":{\"type\":\"string\"},\"balance\":" + Amount + ",\"available\":" + Amount
        + ",\"held\":" + Amount + ",\"version\":{\"type\":\"integer\",\"minimum\":0},\"state\":" + State + "}}";

    public const string MutationExample =
        """{"id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","entry_id":"1","balance":"12.5","available":"12.5","held":"0","version":1,"state":"open"}""";

    public const string Entries =
        """
        {"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{
        "next_cursor":{"type":["string","null"]},"data":{"type":"array","items":{"type":"object","additionalProperties":false,
        "required":["entry_id","time","kind","amount","balance","held","currency","state","operation_id","hold_id","counterparty",
        "refund_of","reference"],"properties":{"entry_id":{"type":"string"},"time":{"type":"string","format":"date-time"},
        "kind":{"enum":["opened","deposit","withdrawal","transfer_out","transfer_in","hold","capture","void","expiry","refund","freeze",
        "unfreeze","close","undo","settlement"]},"currency":{"type":"string"},"hold_id":{"type":["string","null"]},
        "counterparty":{"type":["string","null"]},"refund_of":{"type":["string","null"]},"reference":{"type":["string","null"]},
        """
        + "\"amount\":" + Amount + ",\"balance\":" + Amount + ",\"held\":" + Amount + ",\"state\":" + State + ",\"operation_id\":" + Uuid
        + "}}}}}";

    public const string EntriesExample =
        """
        {"data":[{"entry_id":"1","time":"2026-01-31T12:00:00.000000Z","kind":"deposit","amount":"12.5","balance":"12.5","held":"0",
        "currency":"USD","state":"open","operation_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","hold_id":null,"counterparty":null,
        "refund_of":null,"reference":null}],"next_cursor":null}
        """;

    private const string Minor = """{"type":"string","pattern":"^-?[0-9]+$"}""";
    private const string Hash = """{"type":"string","pattern":"^[0-9a-f]{64}$"}""";

    public const string Receipt =
        """
        {"type":"object","additionalProperties":false,
        "required":["entry","commit","index","path","key_id","public_key","signature"],"properties":{
        "entry":{"type":"object","additionalProperties":false,"required":["wallet_id","entry_id","time","kind","state","direct","amount",
        "balance","held","currency","operation_id","hold_id","counterparty","refund_of","reference","previous_hash","hash"],"properties":{
        "entry_id":{"type":"string"},"time":{"type":"string","format":"date-time"},"kind":{"type":"string"},"direct":{"type":"boolean"},
        "currency":{"type":"string"},"hold_id":{"type":["string","null"]},"counterparty":{"type":["string","null"]},
        "refund_of":{"type":["string","null"]},"reference":{"type":["string","null"]},"previous_hash":{"type":"string"},
        "hold_ends":{"type":"string","pattern":"^[0-9]+$"},
        """
        + "\"wallet_id\":" + Uuid + ",\"operation_id\":" + Uuid + ",\"state\":" + State + ",\"amount\":" + Minor + ",\"balance\":" + Minor
        + ",\"held\":" + Minor + ",\"hash\":" + Hash
        + """
        }},"commit":{"type":"object","additionalProperties":false,"required":["shard","number","epoch","time","entries","root",
        "previous_head","head"],"properties":{"shard":{"type":"integer"},"number":{"type":"integer"},"epoch":{"type":"integer"},
        "time":{"type":"string","format":"date-time"},"entries":{"type":"integer","minimum":1},
        """
        + "\"root\":" + Hash + ",\"previous_head\":" + Hash + ",\"head\":" + Hash
        + "}},\"index\":{\"type\":\"integer\",\"minimum\":0},\"path\":{\"type\":\"array\",\"items\":" + Hash + "},\"key_id\":" + Uuid
        + ",\"public_key\":{\"type\":\"string\"},\"signature\":{\"type\":\"string\"}}}";

    public const string ReceiptExample =
        """
        {"entry":{"wallet_id":"0f8fad5b-d9cb-469f-a165-70867728950e","entry_id":"1","time":"2026-01-31T12:00:00.000000Z","kind":"deposit",
        "state":"open","direct":false,"amount":"1250","balance":"1250","held":"0","currency":"USD",
        "operation_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","hold_id":null,"counterparty":null,"refund_of":null,"reference":null,
        "previous_hash":"0000000000000000000000000000000000000000000000000000000000000000",
        "hash":"0000000000000000000000000000000000000000000000000000000000000000"},
        "commit":{"shard":0,"number":2,"epoch":1,"time":"2026-01-31T12:00:00.000000Z","entries":2,
        "root":"0000000000000000000000000000000000000000000000000000000000000000",
        "previous_head":"0000000000000000000000000000000000000000000000000000000000000000",
        "head":"0000000000000000000000000000000000000000000000000000000000000000"},"index":0,
        "path":["0000000000000000000000000000000000000000000000000000000000000000"],
        "key_id":"16fd2706-8baf-433b-82eb-8c7fada847da","public_key":"MFkw","signature":"MEUC"}
        """;

    public const string StatementExample =
        EntryText.Columns
        + "1,2026-01-31T12:00:00.000000Z,deposit,12.5,12.5,0,USD,open,7c9e6679-7425-40de-944b-e07fc1f90ae7,,,,first money\r\n";

    public const string Transfer =
        """
        {"type":"object","additionalProperties":false,"required":["id","state","from","currency","started_at","legs"],"properties":{
        "state":{"enum":["pending","done","undone"]},"currency":{"type":"string"},"started_at":{"type":"string","format":"date-time"},
        "legs":{"type":"array","minItems":1,"items":{"type":"object","additionalProperties":false,
        "required":["to","amount","credit","credit_currency"],"properties":{"credit_currency":{"type":"string"},
        """
        + "\"to\":" + Uuid + ",\"amount\":" + Amount + ",\"credit\":" + Amount + "}}},\"id\":" + Uuid + ",\"from\":" + Uuid + "}}";

    public const string TransferExample =
        """
        {"id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","state":"done","from":"0f8fad5b-d9cb-469f-a165-70867728950e","currency":"USD",
        "started_at":"2026-01-31T12:00:00Z","legs":[{"to":"16fd2706-8baf-433b-82eb-8c7fada847da","amount":"12.5","credit":"12.5",
        "credit_currency":"USD"}]}
        """;

    public const string Totals =
        """{"type":"object","additionalProperties":false,"required":["balances","in_transit","external"],"properties":{"""
        + "\"balances\":" + Amount + ",\"in_transit\":" + Amount + ",\"external\":" + Amount + "}}";

    public const string TotalsExample = """{"balances":"12.5","in_transit":"0","external":"-12.5"}""";
}
