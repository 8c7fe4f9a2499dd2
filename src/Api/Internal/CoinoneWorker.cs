using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Api.Internal;

/// <summary>
/// <c>/internal-api/coinone-worker/public/{trades|orderbook}</c>: GET fetches now and ingests, POST ingests the provider's reply in the
/// body.
/// </summary>
public sealed class CoinoneWorker(IReplyIntake intake)
{
    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("quote", "Ticker of the quote currency, in any case.", "krw", Required: true),
        new("target", "Ticker of the target currency, in any case.", "btc", Required: true),
    ];

    public sealed record Request(string Pair);

    public static Request Parse(Query query) => new(new CurrencyPair(query.Ticker("target"), query.Ticker("quote")).ToString());

    public async ValueTask<Answer> FetchAsync(string dataset, Request request, CancellationToken cancellationToken) =>
        AnswerTo(await intake.FetchAsync(dataset, request.Pair, cancellationToken), request, fetched: true);

    public async ValueTask<Answer> IngestAsync(
        string dataset, Request request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        AnswerTo(await intake.IngestAsync(dataset, new ReplyContext(Pair: request.Pair), body, cancellationToken), request, fetched: false);

    private static Answer AnswerTo(ReplyIngestResult outcome, Request request, bool fetched) =>
        Refusal(outcome, request, fetched) is { } refusal ? refusal : Encode(outcome);

    /// <summary>
    /// A provider's own error is 502 with its code, whoever brought it. A reply that can't be read, or of which no record could be, is the
    /// caller's fault where the caller sent it (400), the provider's where we fetched it (502).
    /// </summary>
    private static Problem? Refusal(ReplyIngestResult outcome, Request request, bool fetched)
    {
        if (outcome.Timeout)
        {
            return new Problem(
                StatusCodes.Status504GatewayTimeout, ProblemCodes.UpstreamTimeout,
                $"The provider did not answer for {request.Pair} in time.");
        }

        if (outcome.Error is { IsProviderError: true } error)
        {
            return Upstream($"The provider answered with an error ({error.Code.Text()}): {error.Message}", error.ProviderCode);
        }

        var unreadable = outcome.Error is { } refusal
            ? $"{refusal.Code.Text()} at {refusal.Path ?? "$"}: {refusal.Message}"
            : outcome.Counts is { Attempted: > 0 } counts && counts.Attempted == counts.Rejected
                ? $"none of its {counts.Attempted} records could be read; each is in the dead letters with its reason"
                : null;
        return unreadable is null ? null
            : fetched ? Upstream("The provider's reply can't be read: " + unreadable, null)
            : Problem.Invalid("body", "must be the provider's reply for " + request.Pair + ": " + unreadable);
    }

    private static Problem Upstream(string detail, string? providerCode) =>
        new(StatusCodes.Status502BadGateway, ProblemCodes.UpstreamFailed, detail, ProviderCode: providerCode);

    private static Answer Encode(ReplyIngestResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(192);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteNumbers(json, result);
            json.WriteNumber("attempted"u8, result.Counts.Attempted);
            json.WriteNumber("inserted"u8, result.Counts.Inserted);
            json.WriteNumber("skipped"u8, result.Counts.Skipped);
            json.WriteNumber("differing"u8, result.Counts.Differing);
            json.WriteNumber("rejected"u8, result.Counts.Rejected);
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    /// <summary>Null for a pair of which nothing was ever stored, as after an empty reply.</summary>
    private static void WriteNumbers(Utf8JsonWriter json, ReplyIngestResult result)
    {
        if (result.Numbers is { } numbers)
        {
            json.WriteNumber("exchange_id"u8, numbers.ExchangeId);
            json.WriteNumber("currency_pair_no"u8, numbers.CurrencyPairNo);
        }
        else
        {
            json.WriteNull("exchange_id"u8);
            json.WriteNull("currency_pair_no"u8);
        }
    }
}
