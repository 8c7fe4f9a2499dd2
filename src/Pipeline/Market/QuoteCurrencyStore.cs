using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The currencies in which a provider quotes coins, in its own order; one that it no longer names stays, as its data do.</summary>
public sealed class QuoteCurrencyStore(NpgsqlDataSource database, TimeProvider time)
{
    private static readonly LatestTable<AssetListing> Table = new(
        "market.quote_currencies",
        [LatestColumn<AssetListing>.Text("currency", listing => listing.Symbol)],
        [LatestColumn<AssetListing>.Integer("place", listing => listing.Place)],
        ordered: null);

    private readonly LatestStore<AssetListing> _store = new(
        database, time, "currencies", Table, listing => listing.Symbol, Refusal, _ => null);

    /// <summary>Writes a batch, in the order of its list, and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public Task<IngestCounts> AppendAsync(
        IReadOnlyList<AssetListing> listings, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken) => _store.AppendAsync(
            [.. listings.Select((listing, place) => listing with { Place = place })], receivedAt, progress, cancellationToken);

    /// <summary>Tickers in the provider's order.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Table.Select} ORDER BY place, currency");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var currencies = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            currencies.Add(reader.GetString(0));
        }

        return currencies;
    }

    private static Refusal? Refusal(AssetListing listing) =>
        StorableText.Holds(listing.Symbol) ? null : StorableText.Refusal("$.symbol");
}
