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
public sealed class PipelineIntake(ReplyIngest ingest) : IReplyIntake
{
    private const string Provider = "coinone";

    public Task<ReplyIngestResult> IngestAsync(
        string dataset, ReplyContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        ingest.IngestAsync(Provider, dataset, context, body, "POST /internal-api/coinone-worker/public/" + dataset, cancellationToken);

    public Task<ReplyIngestResult> FetchAsync(string dataset, string pair, CancellationToken cancellationToken) =>
        ingest.FetchAsync(Provider, dataset, pair, cancellationToken);
}
