// usage: node binance.mjs <address>   e.g. http://127.0.0.1:8090/binance
// ccxt's Binance client, REST and websocket, with nothing changed but its addresses; spot alone, which is what there is.
import ccxt from 'ccxt';
import { accepted, refused, run } from './check.mjs';

const address = process.argv[2]?.replace(/\/$/, '');
if (!address) {
  console.error('usage: node binance.mjs <address of the Binance API>');
  process.exit(2);
}

const socket = `${address.replace(/^http/, 'ws')}/socket`;
const spot = { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchMargins: false };

function pointed(exchange) {
  exchange.urls.api = { ...exchange.urls.api, public: `${address}/api/v3`, ws: { ...exchange.urls.api.ws, spot: `${socket}/ws` } };
  return exchange;
}

const isBook = (book) => book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0];
const areTrades = (trades) => trades.length > 0 && trades.every((t) => t.id && t.price > 0 && t.amount > 0 && t.timestamp > 0 && t.side);

await run(async () => {
  const rest = pointed(new ccxt.binance({ enableRateLimit: true, options: spot }));
  await accepted('loadMarkets', () => rest.loadMarkets(), (markets) => ['BTC/USDT', 'ETH/USDT'].every((s) => markets[s]?.active));
  await accepted('fetchTicker', () => rest.fetchTicker('BTC/USDT'), (ticker) => ticker.low <= ticker.high && ticker.last > 0);
  await accepted('fetchOrderBook 20', () => rest.fetchOrderBook('ETH/USDT', 20), (book) => isBook(book) && book.bids.length <= 20);
  await accepted('fetchTrades 100', () => rest.fetchTrades('BTC/USDT', undefined, 100), (trades) => areTrades(trades) && trades.length === 100);
  await accepted('fetchOHLCV 20', () => rest.fetchOHLCV('BTC/USDT', '1m', undefined, 20), (candles) => candles.length === 20
      && candles.every(([at, open, high, low, close]) => at > 0 && low <= Math.min(open, close) && high >= Math.max(open, close)));
  await refused('fetchTicker of nothing', () => rest.publicGetTicker24hr({ symbol: 'NOPEUSDT' }), ccxt.BadSymbol);

  const pro = pointed(new ccxt.pro.binance({ options: spot }));
  await pro.loadHttpProxyAgent(); // ccxt needs it for any ws:// address, proxy or not.
  await accepted('watchTrades', () => pro.watchTrades('BTC/USDT'), areTrades);
  await accepted('watchOrderBook', () => pro.watchOrderBook('BTC/USDT'), isBook);
  await pro.close();
});
