// usage: node kraken.mjs <address>   e.g. http://127.0.0.1:8090/kraken
// ccxt's Kraken client, REST and websocket v2, with nothing changed but its addresses.
import ccxt from 'ccxt';
import { accepted, refused, run } from './check.mjs';

const address = process.argv[2]?.replace(/\/$/, '');
if (!address) {
  console.error('usage: node kraken.mjs <address of the Kraken API>');
  process.exit(2);
}

function pointed(exchange) {
  exchange.urls.api = {
    ...exchange.urls.api,
    public: address,
    ws: { ...exchange.urls.api.ws, publicV2: `${address.replace(/^http/, 'ws')}/socket/v2` },
  };
  return exchange;
}

const isBook = (book) => book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0];
const areTrades = (trades) => trades.length > 0 && trades.every((t) => t.id && t.price > 0 && t.amount > 0 && t.timestamp > 0 && t.side);

await run(async () => {
  const rest = pointed(new ccxt.kraken({ enableRateLimit: true }));
  await accepted('loadMarkets', () => rest.loadMarkets(), (markets) => ['BTC/USD', 'ETH/USD'].every((s) => markets[s]?.active));
  await accepted('fetchTicker', () => rest.fetchTicker('BTC/USD'), (ticker) => ticker.low <= ticker.high && ticker.bid < ticker.ask);
  await accepted('fetchOrderBook', () => rest.fetchOrderBook('ETH/USD'), isBook);
  await accepted('fetchTrades', () => rest.fetchTrades('BTC/USD'), (trades) => areTrades(trades) && trades.length > 100);
  await accepted('fetchOHLCV', () => rest.fetchOHLCV('BTC/USD', '1m'), (candles) => candles.length > 100
      && candles.every(([at, open, high, low, close]) => at > 0 && low <= Math.min(open, close) && high >= Math.max(open, close)));
  await refused('fetchTicker of nothing', () => rest.publicGetTicker({ pair: 'NOPEUSD' }), ccxt.ExchangeError);

  const pro = pointed(new ccxt.pro.kraken());
  await pro.loadHttpProxyAgent(); // ccxt needs it for any ws:// address, proxy or not.
  await accepted('watchTrades', () => pro.watchTrades('BTC/USD'), areTrades);
  await accepted('watchOrderBook', () => pro.watchOrderBook('BTC/USD'), isBook);
  await pro.close();
});
