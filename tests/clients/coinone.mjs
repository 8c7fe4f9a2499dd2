// usage: node coinone.mjs <address>   e.g. http://127.0.0.1:8090/coinone
// ccxt's Coinone client, REST and websocket, with nothing changed but its addresses.
import ccxt from 'ccxt';
import { accepted, refused, run } from './check.mjs';

const address = process.argv[2]?.replace(/\/$/, '');
if (!address) {
  console.error('usage: node coinone.mjs <address of the Coinone API>');
  process.exit(2);
}

function pointed(exchange) {
  exchange.urls.api = {
    ...exchange.urls.api,
    rest: address,
    v2Public: `${address}/public/v2`,
    ws: `${address.replace(/^http/, 'ws')}/socket`,
  };
  return exchange;
}

const isBook = (book) => book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0];
const isTicker = (ticker) => ticker.low <= ticker.last && ticker.last <= ticker.high && ticker.baseVolume > 0;
// ccxt leaves bid and ask of a REST ticker empty (it reads them as if best_bids were an object), so only the socket's have them.
const isWatchedTicker = (ticker) => isTicker(ticker) && ticker.bid < ticker.ask;
const areTrades = (trades) => trades.length > 0 && trades.every((t) => t.id && t.price > 0 && t.amount > 0 && t.timestamp > 0 && t.side);

await run(async () => {
  const rest = pointed(new ccxt.coinone({ enableRateLimit: false }));
  await accepted('loadMarkets', () => rest.loadMarkets(), (markets) => ['BTC/KRW', 'ETH/KRW', 'XRP/KRW'].every((s) => markets[s]));
  await accepted('fetchMarkets', () => rest.fetchMarkets(), (markets) => markets.length >= 8);
  await accepted('fetchCurrencies', () => rest.fetchCurrencies(), (currencies) => currencies.BTC.precision === 1e-8
      && currencies.BTC.deposit);
  await accepted('fetchTicker', () => rest.fetchTicker('BTC/KRW'), isTicker);
  await accepted('fetchTickers', () => rest.fetchTickers(), (tickers) => Object.values(tickers).every(isTicker));
  await accepted('fetchTickers of one', () => rest.fetchTickers(['XRP/KRW']), (tickers) => isTicker(tickers['XRP/KRW']));
  for (const size of [5, 10, 15, 16]) {
    await accepted(`fetchOrderBook ${size}`, () => rest.fetchOrderBook('ETH/KRW', size), (book) => isBook(book)
        && book.bids.length === size);
  }

  for (const size of [10, 200]) {
    await accepted(`fetchTrades ${size}`, () => rest.fetchTrades('XRP/KRW', undefined, size), (trades) => areTrades(trades)
        && trades.length === size);
  }

  await refused('fetchOrderBook of nothing', () => rest.v2PublicGetOrderbookQuoteCurrencyTargetCurrency(
    { quote_currency: 'KRW', target_currency: 'NOPE' }), ccxt.ExchangeError);

  const pro = pointed(new ccxt.pro.coinone());
  await pro.loadHttpProxyAgent(); // ccxt needs it for any ws:// address, proxy or not.
  await accepted('watchOrderBook', () => pro.watchOrderBook('BTC/KRW'), isBook);
  await accepted('watchTicker', () => pro.watchTicker('BTC/KRW'), isWatchedTicker);
  await accepted('watchTrades', () => pro.watchTrades('BTC/KRW'), areTrades);
  await pro.close();
});
