// The pages that explain the API, in a real browser that can reach nothing but the service.
//   node pages.mjs ADDRESS KEY BROWSER FOLDER   leaves docs.png and redoc.png in FOLDER
import path from 'node:path';
import puppeteer from 'puppeteer-core';
import { accepted, run } from './check.mjs';

const [address, key, executablePath, folder] = process.argv.slice(2);
const patience = 60_000; // ms, for each step: the machine may be busy
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
  await page.goto(new URL(route, address), { waitUntil: 'networkidle0' });
  return { page, wrong };
}

const isEmpty = list => list.length === 0;

await run(async () => {
  const document = await (await fetch(new URL('/openapi/v1.json', address))).json();
  const operations = Object.values(document.paths).flatMap(item => Object.keys(item).filter(name => methods.includes(name))).length;
  const browser = await puppeteer.launch({ executablePath, timeout: patience, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const docs = await opened(browser, '/docs');
    await accepted('docs lists every operation', async () => {
      await docs.page.waitForSelector('.opblock');
      return (await docs.page.$$('.opblock')).length;
    }, count => count === operations);
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
    await accepted('docs asks nobody else and nothing of it fails', () => docs.wrong, isEmpty);

    const redoc = await opened(browser, '/redoc');
    await accepted('redoc shows every operation', async () => {
      await redoc.page.waitForSelector('[data-section-id*="operation"]');
      return (await redoc.page.$$('[data-section-id*="/operation/"], [data-section-id*="/paths/"]')).length;
    }, count => count === operations);
    await accepted('a word is found in redoc', async () => {
      await redoc.page.type('input[type="text"]', 'orderbook');
      return Boolean(await redoc.page.waitForSelector('[data-role="search:results"] li'));
    });
    await redoc.page.screenshot({ path: path.join(folder, 'redoc.png') });
    await accepted('redoc asks nobody else and nothing of it fails', () => redoc.wrong, isEmpty);
  } finally {
    await browser.close();
  }
});
