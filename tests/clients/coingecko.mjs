// usage: node coingecko.mjs <address> [<address of a server that allows one call a minute>]
// e.g. http://127.0.0.1:8090/coingecko/api/v3. CoinGecko's official SDK with nothing changed but its base URL.
import Coingecko from '@coingecko/coingecko-typescript';
import { accepted, refused, run } from './check.mjs';

const [address, limited] = process.argv.slice(2);
if (!address) {
  console.error('usage: node coingecko.mjs <address of the API v3> [<address of a limited one>]');
  process.exit(2);
}

const day = 86_400_000;
const client = (baseURL) => new Coingecko({ baseURL, demoAPIKey: 'demo-key', maxRetries: 0 });
const isChart = (chart, least) => [chart.prices, chart.market_caps, chart.total_volumes]
  .every((series) => series.length >= least && series.length === chart.prices.length && series.every(([at, value]) => at > 0 && value > 0));
const isDaily = (chart) => chart.prices.slice(0, -1).every(([at]) => at % day === 0);

await run(async () => {
  const api = client(address);
  await accepted('ping', () => api.ping.get(), (pong) => pong.gecko_says.length > 0);
  await accepted('simple.price', () => api.simple.price.get({
    ids: 'bitcoin,ethereum,ripple', vs_currencies: 'usd,krw,eur',
    include_market_cap: true, include_24hr_vol: true, include_24hr_change: true, include_last_updated_at: true,
  }), (prices) => ['bitcoin', 'ethereum', 'ripple'].every((id) => prices[id].usd > 0 && prices[id].krw_market_cap > 0
    && typeof prices[id].eur_24h_change === 'number' && prices[id].last_updated_at > 1_600_000_000));
  await accepted('simple.price of nothing', () => api.simple.price.get({ ids: 'no-such-coin', vs_currencies: 'usd' }),
    (prices) => Object.keys(prices).length === 0);
  await accepted('simple.supportedVsCurrencies', () => api.simple.supportedVsCurrencies.get(), (list) => list.includes('krw'));
  await accepted('coins.list', () => api.coins.list.get({ include_platform: true }), (list) => list.some((c) => c.id === 'bitcoin'));
  await accepted('coins.markets', () => api.coins.markets.get({ vs_currency: 'usd', per_page: 3, sparkline: true }),
    (rows) => rows.length === 3 && rows.every((r) => r.low_24h <= r.current_price && r.current_price <= r.high_24h));
  await accepted('coins.marketChart 1 day', () => api.coins.marketChart.get('bitcoin', { vs_currency: 'usd', days: '1' }), (c) =>
      isChart(c, 280));
  await accepted('coins.marketChart 30 days', () => api.coins.marketChart.get('bitcoin', { vs_currency: 'krw', days: '30' }), (c) =>
      isChart(c, 700));
  await accepted('coins.marketChart daily', () =>
      api.coins.marketChart.get('bitcoin', { vs_currency: 'eur', days: '30', interval: 'daily' }),
    (c) => isChart(c, 31) && isDaily(c));
  await accepted('coins.marketChart 365 days', () => api.coins.marketChart.get('ethereum', { vs_currency: 'usd', days: '365' }),
    (c) => isChart(c, 366) && isDaily(c));
  const now = Math.floor(Date.now() / 1000);
  await accepted('coins.marketChart range', () => api.coins.marketChart.getRange('ripple', {
    vs_currency: 'usd', from: String(now - 5 * 86_400), to: String(now),
  }), (c) => isChart(c, 110));
  await accepted('coins.ohlc', () => api.coins.ohlc.get('bitcoin', { vs_currency: 'usd', days: '7' }),
    (rows) => rows.length === 42
        && rows.every(([, open, high, low, close]) => low <= open && open <= high && low <= close && close <= high));
  await refused('an unknown coin', () => api.coins.marketChart.get('no-such-coin', { vs_currency: 'usd', days: '1' }),
      Coingecko.NotFoundError);
  await refused('a chart beyond a year', () => api.coins.marketChart.get('bitcoin', { vs_currency: 'usd', days: '400' }),
    Coingecko.AuthenticationError);
  await refused('a price without ids', () => api.simple.price.get({ vs_currencies: 'usd' }), Coingecko.UnprocessableEntityError);
  if (limited) {
    const tight = client(limited);
    await accepted('the one call', () => tight.ping.get());
    const error = await refused('the call after it', () => tight.ping.get(), Coingecko.RateLimitError);
    await accepted('its Retry-After', async () => error.headers.get('retry-after'), (seconds) => Number(seconds) > 0);
  }
});
