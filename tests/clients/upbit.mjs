// usage: node upbit.mjs <address>   e.g. http://127.0.0.1:8090/upbit
// ccxt's Upbit client, REST and websocket, with nothing changed but its addresses.
import ccxt from 'ccxt';
import { accepted, refused, run } from './check.mjs';

const address = process.argv[2]?.replace(/\/$/, '');
if (!address) {
  console.error('usage: node upbit.mjs <address of the Upbit API>');
  process.exit(2);
}

function pointed(exchange) {
  exchange.urls.api = {
    ...exchange.urls.api,
    public: address,
    ws: `${address.replace(/^http/, 'ws')}/socket`,
  };
  return exchange;
}

const isBook = (book) => book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0];
const isTicker = (ticker) => ticker.low <= ticker.high && ticker.last > 0 && ticker.baseVolume > 0;
const areTrades = (trades) => trades.length > 0 && trades.every((t) => t.id && t.price > 0 && t.amount > 0 && t.timestamp > 0 && t.side);

await run(async () => {
  const rest = pointed(new ccxt.upbit({ enableRateLimit: false }));
  await accepted('loadMarkets', () => rest.loadMarkets(), (markets) => ['BTC/KRW', 'ETH/KRW', 'XRP/KRW'].every((s) => markets[s]));
  await accepted('fetchTicker', () => rest.fetchTicker('BTC/KRW'), isTicker);
  await accepted('fetchOrderBook', () => rest.fetchOrderBook('ETH/KRW'), isBook);
  await accepted('fetchTrades', () => rest.fetchTrades('XRP/KRW', undefined, 100), (trades) => areTrades(trades) && trades.length === 100);
  await accepted('fetchOHLCV', () => rest.fetchOHLCV('BTC/KRW', '1m', undefined, 20), (candles) => candles.length === 20);
  await refused('fetchTicker of nothing', () => rest.publicGetTicker({ markets: 'KRW-NOPE' }), ccxt.ExchangeError);

  const pro = pointed(new ccxt.pro.upbit());
  await pro.loadHttpProxyAgent(); // ccxt needs it for any ws:// address, proxy or not.
  await accepted('watchOrderBook', () => pro.watchOrderBook('BTC/KRW'), isBook);
  await accepted('watchTrades', () => pro.watchTrades('BTC/KRW'), areTrades);
  await pro.close();
});
