using AkkaCrypto.Api.Caching;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Api.Internal;

/// <summary>Takes one reply at once. Real: <see cref="PipelineIntake"/>; the tests bring a scripted twin.</summary>
public interface IReplyIntake
{
    /// <summary>Normalises and stores a reply that somebody else fetched.</summary>
    Task<ReplyIngestResult> IngestAsync(
        string dataset, ReplyContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Asks the provider now and stores the answer.</summary>
    Task<ReplyIngestResult> FetchAsync(string dataset, string pair, CancellationToken cancellationToken);
}

/// <summary>The pipeline's own intake, for Coinone.</summary>
public sealed class PipelineIntake(ReplyIngest ingest, SeriesChanges changes) : IReplyIntake
{
    private const string Provider = "coinone";

    public Task<ReplyIngestResult> IngestAsync(
        string dataset, ReplyContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => ToldAsync(
        context.Pair!,
        ingest.IngestAsync(Provider, dataset, context, body, "POST /internal-api/coinone-worker/public/" + dataset, cancellationToken));

    public Task<ReplyIngestResult> FetchAsync(string dataset, string pair, CancellationToken cancellationToken) =>
        ToldAsync(pair, ingest.FetchAsync(Provider, dataset, pair, cancellationToken));

    /// <summary>What failed may be stored all the same, where only the word of it was lost.</summary>
    private async Task<ReplyIngestResult> ToldAsync(string pair, Task<ReplyIngestResult> storing)
    {
        try
        {
            return await storing;
        }
        finally
        {
            changes.Stored(Provider, pair);
        }
    }
}
