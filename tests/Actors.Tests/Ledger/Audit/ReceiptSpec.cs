using System.Text;
using System.Text.Json.Nodes;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>A receipt of any entry holds by itself, and whatever is changed in it is found.</summary>
[Collection(ServerFixture.Collection)]
public sealed class ReceiptSpec(LedgerCopy copy, ITestOutputHelper output) : IClassFixture<LedgerCopy>
{
    private static readonly char[] Characters =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".ToCharArray();

    [Fact]
    public async Task Every_entry_has_a_receipt_that_holds_after_its_way_through_json()
    {
        using var own = new LedgerPublicKey(copy.PublicKey);
        var reader = new LedgerReader(copy.Database);
        foreach (var (wallet, version) in await EntriesAsync())
        {
            var (isThere, made) = await reader.ReceiptAsync(wallet, version, CancellationToken.None);
            Assert.True(isThere);
            var receipt = ReceiptJson.Read(ReceiptJson.Write(made!));
            Assert.Null(receipt.Fault([own]));
            Assert.Null(receipt.Fault(null));
        }

        Assert.Equal((false, null), await reader.ReceiptAsync(Guid.NewGuid(), 0, CancellationToken.None));
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_receipt_it_no_longer_holds()
    {
        var seed = Seed.Next(output);
        var entries = await EntriesAsync();
        var (wallet, version) = entries[new Random(seed).Next(entries.Count)];
        var (_, receipt) = await new LedgerReader(copy.Database).ReceiptAsync(wallet, version, CancellationToken.None);
        var text = ReceiptJson.Write(receipt!);
        using var own = new LedgerPublicKey(copy.PublicKey);
        var changed = 0;
        foreach (var path in Values(JsonNode.Parse(text.Span)!, "$"))
        {
            var document = JsonNode.Parse(text.Span)!;
            Change(path, document);
            Assert.True(IsRefused(document, own), $"{path} can be changed: {document}");
            changed++;
        }

        Assert.True(changed > 25, $"only {changed} values");
    }

    [Fact]
    public async Task A_receipt_signed_by_another_key_holds_only_for_who_takes_its_own_key()
    {
        var (wallet, version) = (await EntriesAsync())[0];
        var (_, receipt) = await new LedgerReader(copy.Database).ReceiptAsync(wallet, version, CancellationToken.None);
        using var own = new LedgerPublicKey(copy.PublicKey);
        using var other = LedgerSigner.New();
        var forged = receipt! with { PublicKey = other.PublicKey, Signature = other.Sign(receipt.Head) };

        Assert.Null(forged.Fault(null));
        Assert.Contains("none of those that are trusted", forged.Fault([own]), StringComparison.Ordinal);
        Assert.Contains("signature", (receipt with { Signature = forged.Signature }).Fault([own]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no receipt")]
    [InlineData("[]", "no receipt")]
    [InlineData("{}", "'entry'")]
    [InlineData("""{"entry":{},"commit":{}}""", "'wallet_id'")]
    public void What_is_no_receipt_is_refused_with_the_place(string text, string told) => Assert.Contains(
        told, Assert.Throws<FormatException>(() => ReceiptJson.Read(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    private static bool IsRefused(JsonNode document, LedgerPublicKey own)
    {
        try
        {
            return ReceiptJson.Read(Encoding.UTF8.GetBytes(document.ToJsonString())).Fault([own]) is not null;
        }
        catch (FormatException)
        {
            return true;
        }
    }

    /// <summary>The paths of all values that stand for something: a key's id follows from the key.</summary>
    private static IEnumerable<string> Values(JsonNode? node, string path) => node switch
    {
        JsonObject members => members.Where(member => member.Key != "key_id")
            .SelectMany(member => Values(member.Value, $"{path}.{member.Key}")),
        JsonArray items => items.SelectMany((item, n) => Values(item, $"{path}.{n}")),
        _ => [path],
    };

    private static void Change(string path, JsonNode document)
    {
        var steps = path.Split('.')[1..];
        JsonNode At(JsonNode node, string step) => node is JsonArray items ? items[int.Parse(step)]! : node[step]!;
        var parent = steps[..^1].Aggregate(document, At);
        var value = parent is JsonArray list ? list[int.Parse(steps[^1])] : parent[steps[^1]];
        JsonNode other = value switch
        {
            null => steps[^1] is "refund_of" or "reference" ? "1" : $"{Guid.NewGuid()}",
            JsonValue number when number.TryGetValue<long>(out var long64) => long64 + 1,
            JsonValue flag when flag.TryGetValue<bool>(out var isTrue) => !isTrue,
            _ => Other(value.GetValue<string>()),
        };
        if (parent is JsonArray items)
        {
            items[int.Parse(steps[^1])] = other;
        }
        else
        {
            parent[steps[^1]] = other;
        }
    }

    /// <summary>The first digit or letter is another: the last of base64 may stand for nothing.</summary>
    private static string Other(string text)
    {
        var at = text.IndexOfAny(Characters);
        return at < 0 ? "00" : text[..at] + (text[at] == '1' ? '2' : '1') + text[(at + 1)..];
    }

    private async Task<List<(Guid Wallet, long Version)>> EntriesAsync()
    {
        await using var command = copy.Database.CreateCommand("SELECT wallet_id, version FROM ledger.entries ORDER BY wallet_id, version");
        await using var row = await command.ExecuteReaderAsync();
        var entries = new List<(Guid, long)>();
        while (await row.ReadAsync())
        {
            entries.Add((row.GetGuid(0), row.GetInt64(1)));
        }

        return entries;
    }
}
