using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.Tests.Stages;

public sealed class ReplyReaderSpec
{
    private static readonly ReplyContext Context = new(Pair: "btc-krw");

    [Theory]
    [InlineData(401, RefusalCode.Unauthorized)]
    [InlineData(403, RefusalCode.Forbidden)]
    [InlineData(404, RefusalCode.NotFound)]
    [InlineData(429, RefusalCode.RateLimited)]
    [InlineData(418, RefusalCode.RateLimited)]
    [InlineData(500, RefusalCode.ProviderUnavailable)]
    [InlineData(503, RefusalCode.ProviderUnavailable)]
    [InlineData(422, RefusalCode.BadRequest)]
    [InlineData(302, RefusalCode.ProviderError)]
    public void An_error_status_is_an_error_even_under_a_body_that_reads_well(int status, RefusalCode expected)
    {
        var content = ReplyReader.Read(OneTrade, Context, Reply(status));

        Assert.Empty(content.Records);
        Assert.Equal(expected, Assert.Single(content.Refusals).Code);
    }

    [Fact]
    public void The_provider_s_own_error_wins_over_the_status()
    {
        var content = ReplyReader.Read(
            (_, _, into) => into.Refuse(RefusalCode.TimeRangeExceeded, "past 365 days", providerCode: "10012"), Context, Reply(401));

        Assert.Equal("10012", Assert.Single(content.Refusals).ProviderCode);
    }

    [Theory]
    [InlineData(400, RefusalCode.BadRequest)]
    [InlineData(404, RefusalCode.NotFound)]
    [InlineData(429, RefusalCode.RateLimited)]
    [InlineData(503, RefusalCode.ProviderUnavailable)]
    [InlineData(302, RefusalCode.ProviderError)]
    [InlineData(200, RefusalCode.ProviderError)]
    public void Of_an_error_whose_words_nobody_knows_the_status_says_what_it_is(int status, RefusalCode expected)
    {
        var blockchaincom = Providers.Find("blockchaincom")!.Normalisers["onchain"];
        var body = """{"error":"no-such-word","message":"What now?"}"""u8.ToArray();
        var context = new ReplyContext(Asset: "bitcoin", Metric: "hash_rate", Source: "blockchaincom", Interval: "day");

        var refusal = Assert.Single(ReplyReader.Read(blockchaincom, context, Reply(status) with { Body = body }).Refusals);

        Assert.Equal((expected, "no-such-word"), (refusal.Code, refusal.ProviderCode));
        Assert.Contains("What now?", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_that_was_cut_is_refused_whole_and_not_read()
    {
        var content = ReplyReader.Read(OneTrade, Context, Reply(200) with { Cut = true });

        Assert.Empty(content.Records);
        Assert.Equal(RefusalCode.OutOfRange, Assert.Single(content.Refusals).Code);
    }

    [Fact]
    public void A_reply_that_leaves_out_what_the_request_did_not_say_either_is_refused()
    {
        var content = ReplyReader.Read((_, _, into) => into.MissingContext = "pair", Context, Reply(200));

        var refusal = Assert.Single(content.Refusals);
        Assert.Equal(RefusalCode.MissingField, refusal.Code);
        Assert.Contains("pair", refusal.Message, StringComparison.Ordinal);
    }

    private static void OneTrade(ReadOnlyMemory<byte> payload, ReplyContext context, Normalised into) =>
        into.Records.Add(new Trade("coinone", context.Pair!, "1", 1m, 1m, null, ProviderTime.FromUnixSeconds(1)));

    private static ProviderReply Reply(int status) => new("{}"u8.ToArray(), status, Cut: false, "GET /", DateTimeOffset.UnixEpoch);
}
