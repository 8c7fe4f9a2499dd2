using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// The live branch: puts committed prices into the shared cache. It never holds back the durable branch; while Redis is slow, only the newest
/// price of each asset and currency waits.
/// </summary>
public sealed class PricePublisher : IAsyncDisposable
{
    // Folding takes the queue's elements at once, however slow Redis is; the bound is only reached if that stands still, and then the cache's
    // own TTL limits what a lost update can cost.
    private const int MostWaiting = 64;

    private readonly SourceQueue<IReadOnlyList<AssetPrice>> _committed = Source.Queue<IReadOnlyList<AssetPrice>>(MostWaiting);
    private readonly Task _running;

    public PricePublisher(LatestPrices prices) => _running = _committed.Source
        .ConflateWithSeed(first => Fold([], first), Fold)
        .To(Sink.ForEachAsync<Dictionary<(string Asset, string Currency), AssetPrice>>((newest, _) => prices.PublishAsync(newest.Values)))
        .RunAsync(CancellationToken.None);

    public void Publish(Feed feed, IReadOnlyList<NormalisedReply> replies)
    {
        if (feed.Dataset == "simple_price")
        {
            _committed.TryOffer([.. replies.SelectMany(reply => reply.Content.Records).OfType<AssetPrice>()]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _committed.Complete();
        await _running;
    }

    private static Dictionary<(string Asset, string Currency), AssetPrice> Fold(
        Dictionary<(string Asset, string Currency), AssetPrice> newest, IReadOnlyList<AssetPrice> prices)
    {
        foreach (var price in prices.Where(price => price.Time is not null && price.Price is not null))
        {
            if (!newest.TryGetValue((price.Asset, price.Currency), out var known) || known.Time <= price.Time)
            {
                newest[(price.Asset, price.Currency)] = price;
            }
        }

        return newest;
    }
}
