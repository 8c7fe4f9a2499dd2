// usage: node coingecko-service.mjs <address of the service's API v3> <key> <a key whose quota is small> <address of CoinGecko's API v3>
// CoinGecko's official SDK with nothing changed but its base URL, once against the service and once against what the service asks: both
// clocks stand still, so what the SDK reads of one must be what it reads of the other.
import assert from 'node:assert/strict';
import Coingecko from '@coingecko/coingecko-typescript';
import { accepted, refused, run } from './check.mjs';

const [service, key, smallKey, provider] = process.argv.slice(2);
if (!provider) {
  console.error('usage: node coingecko-service.mjs <service> <key> <small key> <provider>');
  process.exit(2);
}

const client = (baseURL, demoAPIKey) => new Coingecko({ baseURL, demoAPIKey, maxRetries: 0 });
const [ours, theirs] = [client(service, key), client(provider, 'any')];

const same = (name, call) => accepted(name, async () => {
  const [read, said] = [await call(ours), await call(theirs)];
  assert.deepEqual(read, said, name);
  return read;
}, (read) => read !== undefined && (!Array.isArray(read) || read.length > 0));

await run(async () => {
  await same('ping', (api) => api.ping.get());
  await same('simple.price', (api) => api.simple.price.get({
    ids: 'bitcoin,ethereum,ripple,no-such-coin', vs_currencies: 'usd,krw,eur', precision: 'full',
    include_market_cap: true, include_24hr_vol: true, include_24hr_change: true, include_last_updated_at: true,
  }));
  await same('simple.supportedVsCurrencies', (api) => api.simple.supportedVsCurrencies.get());
  await same('coins.list', (api) => api.coins.list.get({ include_platform: true }));
  await same('coins.markets', (api) => api.coins.markets.get({
    vs_currency: 'usd', per_page: 5, page: 2, sparkline: true, price_change_percentage: '1h,7d,1y', precision: 'full',
  }));
  await same('coins.id', (api) => api.coins.getID('bitcoin', { localization: false, sparkline: true }));
  await same('coins.marketChart', (api) => api.coins.marketChart.get('bitcoin', { vs_currency: 'usd', days: '365', precision: 'full' }));
  const now = Date.UTC(2026, 0, 31, 12) / 1000;
  await same('coins.marketChart.range', (api) => api.coins.marketChart.getRange('ripple', {
    vs_currency: 'usd', from: String(now - 40 * 86_400), to: String(now - 10 * 86_400),
  }));
  await same('coins.ohlc', (api) => api.coins.ohlc.get('bitcoin', { vs_currency: 'usd', days: '30', precision: 'full' }));
  await same('coins.history', (api) => api.coins.history.get('ethereum', { date: '30-12-2025' }));
  await same('search', (api) => api.search.get({ query: 'bit' }));
  await same('global', (api) => api.global.get());

  await refused('an unknown coin', () => ours.coins.getID('no-such-coin'), Coingecko.NotFoundError);
  await refused('a chart beyond a year', () => ours.coins.marketChart.get('bitcoin', { vs_currency: 'usd', days: '400' }),
    Coingecko.AuthenticationError);
  await refused('a price without ids', () => ours.simple.price.get({ vs_currencies: 'usd' }), Coingecko.UnprocessableEntityError);
  await refused('a wrong key', () => client(service, 'wrong').global.get(), Coingecko.AuthenticationError);
  const tight = client(service, smallKey);
  const error = await refused('the call past the quota', async () => {
    for (let i = 0; i < 10; i++) {
      await tight.simple.supportedVsCurrencies.get();
    }
  }, Coingecko.RateLimitError);
  await accepted('its Retry-After', async () => error.headers.get('retry-after'), (seconds) => Number(seconds) > 0);
});
