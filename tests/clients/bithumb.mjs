// usage: node bithumb.mjs <address>   e.g. http://127.0.0.1:8090/bithumb
// ccxt's Bithumb client with nothing changed but its address: the older API, as far as it needs no key.
import ccxt from 'ccxt';
import { accepted, refused, run } from './check.mjs';

const address = process.argv[2]?.replace(/\/$/, '');
if (!address) {
  console.error('usage: node bithumb.mjs <address of the Bithumb API>');
  process.exit(2);
}

const rest = new ccxt.bithumb({ enableRateLimit: false });
rest.urls.api = Object.fromEntries(Object.keys(rest.urls.api).map((kind) => [kind, address]));

const isBook = (book) => book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0];

await run(async () => {
  await accepted('loadMarkets', () => rest.loadMarkets(), (markets) => ['BTC/KRW', 'ETH/KRW', 'XRP/KRW'].every((s) => markets[s]));
  await accepted('fetchTicker', () => rest.fetchTicker('BTC/KRW'), (ticker) => ticker.last > 0 && ticker.baseVolume > 0);
  await accepted('fetchOrderBook', () => rest.fetchOrderBook('ETH/KRW'), isBook);
  await accepted('fetchTrades', () => rest.fetchTrades('XRP/KRW', undefined, 50), (trades) => trades.length > 0
      && trades.every((t) => t.price > 0 && t.amount > 0 && t.timestamp > 0 && t.side));
  await accepted('fetchOHLCV', () => rest.fetchOHLCV('BTC/KRW', '1m'), (candles) => candles.length > 0);
  await refused('an unknown market', () => rest.publicGetPublicOrderbookBaseIdQuoteId({ baseId: 'NOPE', quoteId: 'KRW' }), ccxt.ExchangeError);
});
