using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The coins that a provider lists, by their ids; the newest arrival wins. One that is no longer listed stays.</summary>
public sealed class ListedAssetStore(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly LatestTable<AssetListing> Table = new(
        "market.listed_assets",
        [LatestColumn<AssetListing>.Text("asset", listing => listing.Asset)],
        [
            LatestColumn<AssetListing>.Text("symbol", listing => listing.Symbol),
            LatestColumn<AssetListing>.Text("name", listing => listing.Name),
            LatestColumn<AssetListing>.Text("platforms", listing => listing.Platforms),
        ],
        ordered: null);

    private readonly LatestStore<AssetListing> _store = new(
        database, time, "coins_list", Table, listing => listing.Asset ?? listing.Symbol, Refusal, _ => null);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<AssetListing> listings, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken) => _store.AppendAsync(listings, receivedAt, progress, cancellationToken);

    /// <summary>All listed coins, in the order of their ids.</summary>
    public async Task<IReadOnlyList<AssetListing>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Table.Select} ORDER BY asset");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var listings = new List<AssetListing>();
        while (await reader.ReadAsync(cancellationToken))
        {
            listings.Add(
                new AssetListing(reader.GetString(0), reader.GetString(1), reader.TextOrNull(2)) { Platforms = reader.TextOrNull(3) });
        }

        return listings;
    }

    private static Refusal? Refusal(AssetListing listing) =>
        listing.Asset is null ? new Refusal(RefusalCode.MissingField, "A coin without an id can't be listed.", "$.asset")
        : !StorableText.Holds(listing.Asset) ? StorableText.Refusal("$.asset")
        : !StorableText.Holds(listing.Symbol) ? StorableText.Refusal("$.symbol")
        : null;
}
