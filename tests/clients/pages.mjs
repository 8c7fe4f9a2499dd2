// The pages that explain the API, in a real browser that can reach nothing but the service.
//   node pages.mjs ADDRESS KEY BROWSER FOLDER   leaves docs.png and redoc.png in FOLDER
import path from 'node:path';
import puppeteer, { TimeoutError } from 'puppeteer-core';
import { accepted, run } from './check.mjs';

const [address, key, executablePath, folder] = process.argv.slice(2);
const patience = 180_000; // ms, for each step: a page is seconds of a processor's work, and the machine may be busy
const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** A page of the service, and what of it went wrong. */
async function opened(browser, route) {
  const page = await browser.newPage();
  const wrong = [];
  page.setDefaultTimeout(patience);
  await page.setViewport({ width: 1400, height: 1000 });
  await page.setRequestInterception(true);
  page.on('request', request => {
    const isOurs = ['data:', 'blob:'].some(scheme => request.url().startsWith(scheme)) || request.url().startsWith(address);
    if (!isOurs) {
      wrong.push(`asked for ${request.url()}`);
    }

    return isOurs ? request.continue() : request.abort();
  });
  page.on('pageerror', error => wrong.push(`threw ${error.message}`));
  // Redoc shows its maker's mark from its maker's address: the page's policy keeps the browser from asking for it.
  page.on('console', message => message.type() === 'error' && !/^Loading the image .* violates .*Content Security Policy/.test(message.text())
    && wrong.push(`logged ${message.text()}`));
  page.on('response', response => response.status() >= 400 && wrong.push(`got ${response.status()} of ${response.url()}`));
  // Not until the network is idle: Chromium says so only once the page's own work rests too. Each step waits for what it needs.
  await page.goto(new URL(route, address), { waitUntil: 'domcontentloaded' });
  return { page, wrong };
}

/** What went wrong of a page that asks for nothing more; the page is closed. */
async function closed({ page, wrong }) {
  await page.waitForNetworkIdle();
  await page.close();
  return wrong;
}

/** How many elements of the kind a page has once it has as many as expected; if it never has, how many it has then. */
async function counted(page, selector, expected) {
  const least = (kind, count) => document.querySelectorAll(kind).length >= count;
  await page.waitForFunction(least, {}, selector, expected).catch(error => {
    if (!(error instanceof TimeoutError)) {
      throw error;
    }
  });
  return (await page.$$(selector)).length;
}

const isEmpty = list => list.length === 0;

await run(async () => {
  const document = await (await fetch(new URL('/openapi/v1.json', address))).json();
  const operations = Object.values(document.paths).flatMap(item => Object.keys(item).filter(name => methods.includes(name))).length;
  const browser = await puppeteer.launch({ executablePath, timeout: patience, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const docs = await opened(browser, '/docs');
    await accepted('docs lists every operation', () => counted(docs.page, '.opblock', operations), count => count === operations);
    await docs.page.screenshot({ path: path.join(folder, 'docs.png') });
    await accepted('a request tried from docs with a key is answered', async () => {
      await docs.page.click('.btn.authorize');
      await docs.page.type('.modal-ux input', key);
      await docs.page.click('.modal-ux .btn.authorize');
      await docs.page.click('.modal-ux .btn-done');
      await docs.page.click('[id$="simple_price"] .opblock-summary-control, [id$="SimplePrice"] .opblock-summary-control');
      await (await docs.page.waitForSelector('.opblock.is-open .try-out__btn')).click();
      await (await docs.page.waitForSelector('.opblock.is-open .execute')).click();
      const status = await docs.page.waitForSelector('.opblock.is-open .live-responses-table tbody .response-col_status');
      return status.evaluate(cell => cell.textContent.trim());
    }, status => status.startsWith('200'));
    await accepted('docs asks nobody else and nothing of it fails', () => closed(docs), isEmpty);

    const redoc = await opened(browser, '/redoc');
    await accepted('redoc shows every operation', () => counted(
      redoc.page, '[data-section-id*="/operation/"], [data-section-id*="/paths/"]', operations), count => count === operations);
    await accepted('a word is found in redoc', async () => {
      await redoc.page.type('input[type="text"]', 'orderbook');
      return Boolean(await redoc.page.waitForSelector('[data-role="search:results"] li'));
    });
    await redoc.page.screenshot({ path: path.join(folder, 'redoc.png') });
    await accepted('redoc asks nobody else and nothing of it fails', () => closed(redoc), isEmpty);
  } finally {
    await browser.close();
  }
});
