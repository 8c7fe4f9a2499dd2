using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// The live branch: puts committed prices into the shared cache. It never holds back the durable branch; while Redis is slow, only the
/// newest price of each asset and currency waits.
/// </summary>
public sealed class PricePublisher : IAsyncDisposable
{
    // Folding takes the queue's elements at once, however slow Redis is; the bound is only reached if that stands still, and then the
    // cache's own TTL limits what a lost update can cost.
    private const int MostWaiting = 64;

    private readonly SourceQueue<IReadOnlyList<AssetPrice>> _committed = Source.Queue<IReadOnlyList<AssetPrice>>(MostWaiting);

    // The time of the newest price published of each: as many as the settings ever asked for. Touched by the queue's one reader alone.
    private readonly Dictionary<(string Asset, string Currency), ProviderTime> _published = [];
    private readonly Task _running;

    public PricePublisher(LatestPrices prices) => _running = _committed.Source
        .ConflateWithSeed(first => Fold([], first), Fold)
        .Select(newest => NotLate(newest.Values))
        .To(Sink.ForEachAsync<List<AssetPrice>>((news, _) => prices.PublishAsync(news)))
        .RunAsync(CancellationToken.None);

    /// <summary>Takes what was committed; neither waits nor throws.</summary>
    public void Publish(Feed feed, IReadOnlyList<NormalisedReply> replies)
    {
        if (feed.Dataset == "simple_price")
        {
            _committed.TryOffer([.. replies.SelectMany(reply => reply.Content.Records).OfType<AssetPrice>()]);
        }
    }

    /// <summary>Returns when all that was committed is published.</summary>
    public async ValueTask DisposeAsync()
    {
        _committed.Complete();
        await _running;
    }

    private List<AssetPrice> NotLate(IEnumerable<AssetPrice> prices)
    {
        var news = new List<AssetPrice>();
        foreach (var price in prices)
        {
            var (key, time) = ((price.Asset, price.Currency), price.Time!.Value);
            if (!_published.TryGetValue(key, out var before) || before <= time)
            {
                _published[key] = time;
                news.Add(price);
            }
        }

        return news;
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
