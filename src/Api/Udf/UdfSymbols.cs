using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Udf;

/// <summary>A pair as TradingView's library knows it: <c>COINONE:BTC-KRW</c>.</summary>
internal sealed record UdfSymbol(string Exchange, string Pair)
{
    private readonly CurrencyPair _parts = CurrencyPair.TryParse(Pair, out var parts) ? parts : default;

    public string Ticker => $"{Exchange}:{Pair}".ToUpperInvariant();

    public string Description => $"{_parts.Target} / {_parts.Quote}".ToUpperInvariant();

    public string Quote => _parts.Quote.ToUpperInvariant();
}

/// <summary>The pairs that have trades or candles, as symbols, and how finely each is priced.</summary>
public sealed class UdfSymbols(PairCatalogue pairs, Market.IMarketReads reads)
{
    /// <summary>Newest trades that a price's decimals are read from: providers' steps of price are not stored.</summary>
    private const int PricedBy = 100;

    private const int MostDecimals = 15;

    /// <summary>By name: <c>EXCHANGE:PAIR</c> in any case, or a pair alone, of the first exchange that has it. Null: unknown.</summary>
    internal async Task<UdfSymbol?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var lower = name.ToLowerInvariant();
        var (exchange, pair) = lower.Split(':', 2) is [var first, var second] ? (first, second) : (null, lower);
        if (exchange is not null)
        {
            return PairCatalogue.CanHold(exchange, pair) && await pairs.FindAsync(exchange, pair, cancellationToken) is not null
                ? new UdfSymbol(exchange, pair)
                : null;
        }

        return (await ListAsync(cancellationToken)).FirstOrDefault(symbol => symbol.Pair == pair);
    }

    /// <summary>All of them, by exchange and pair.</summary>
    internal async Task<IReadOnlyList<UdfSymbol>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await pairs.ListAsync(cancellationToken)).Select(of => new UdfSymbol(of.Exchange, of.Pair))];

    /// <summary>10 to the number of decimals that the newest trades' prices have: a step of price is 1 of so many.</summary>
    internal async Task<long> PriceScaleAsync(UdfSymbol symbol, CancellationToken cancellationToken)
    {
        var page = await reads.TradesAsync(symbol.Exchange, symbol.Pair, new PageRequest(null, null, PricedBy, null), cancellationToken);
        var decimals = page.Records.Select(trade => Decimals(trade.Price)).DefaultIfEmpty(2).Max();
        return (long)Math.Pow(10, Math.Min(decimals, MostDecimals));
    }

    /// <summary>Without trailing zeros.</summary>
    private static int Decimals(MarketNumber price) => Math.Max(0, price.Canonical().Scale);
}
