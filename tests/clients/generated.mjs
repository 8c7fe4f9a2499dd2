// Requests generated from the service's own OpenAPI document: valid ones, mutated ones, hostile ones. None may be answered with 5xx, every
// answer has a status, a type and a body that the document declares, and no credential is ignored.
//   node generated.mjs ADDRESS USER_KEY ADMIN_KEY COUNT SEED
import http from 'node:http';
import zlib from 'node:zlib';
import Ajv2020 from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const [address, userKey, adminKey, countText, seedText] = process.argv.slice(2);
const count = Number(countText);
const seed = Number(seedText);
const atOnce = 16;
const longestWaitMs = 60_000;
const mostShown = 20;

/** mulberry32: small, seeded, good enough to pick test cases. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const next = random(seed);
const pick = items => items[Math.floor(next() * items.length)];
const chance = share => next() < share;

const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });

function send({ method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const url = new URL(address);
    const request = http.request(
      { host: url.hostname, port: url.port, method, path, headers, agent, timeout: longestWaitMs }, response => {
        const parts = [];
        let size = 0;
        response.on('data', part => {
          parts.push(part);
          size += part.length;
          // A stream has no end, and an export may be long: what has come by then is enough.
          if (endless(response) || size > 4 * 1024 * 1024) {
            response.destroy();
            resolve({ status: response.statusCode, headers: response.headers, body: null });
          }
        });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
        response.on('error', reject);
      });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${longestWaitMs} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

const endless = response => (response.headers['content-type'] ?? '').startsWith('text/event-stream');

const text = JSON.parse((await send({ method: 'GET', path: '/openapi/v1.json', headers: {} })).body.toString());
const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
formats(ajv);
ajv.addSchema({ $id: 'openapi', ...text });
const escaped = name => name.replaceAll('~', '~0').replaceAll('/', '~1');
const validators = new Map();

/** The check of one declared body; undefined where the document declares none. */
function validator(operation, status, type) {
  const declared = operation.spec.responses[status]?.content;
  const found = declared && Object.keys(declared).find(name => type.startsWith(name));
  if (!found) return undefined;
  const pointer = `openapi#/paths/${escaped(operation.path)}/${operation.method}/responses/${status}/content/${escaped(found)}/schema`;
  if (!validators.has(pointer)) validators.set(pointer, declared[found].schema ? ajv.compile({ $ref: encodeURI(pointer) }) : () => true);
  return validators.get(pointer);
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];
const operations = Object.entries(text.paths).flatMap(([path, item]) => methods.filter(method => item[method])
  .map(method => ({ path, method, spec: item[method] })));

/** What changes the service for all that come after is asked for only in ways that are refused. */
const isDangerous = operation => operation.method !== 'get';
const isOpen = operation => operation.spec.security?.length === 0;
const isAdmin = operation => operation.spec['x-required-role'] === 'admin';

const hostileTexts = [
  '%00', 'bitcoin%00', '%ff%fe', '%F0%9F%92%B0', '%0d%0aSet-Cookie:%20a=b', "'%20OR%201=1--", '%22%3E%3Cscript%3E', '../../etc/passwd',
  '%2e%2e%2f%2e%2e%2f', '${jndi:ldap://x}', '%25252e', 'a'.repeat(9000), '1e309', '-1', '99999999999999999999999999', '0x10', 'NaN', 'null',
  'undefined', '[]', '{}', '%E2%80%AE', ',', ',,,', 'a,'.repeat(300), '٣', 'ﬁ', '%C0%80', '+', '%', '%zz', '1.5', ' ', '%20%20',
];

function valueOf(parameter) {
  const { schema, example } = parameter;
  const known = [example ?? schema?.example ?? parameter.schema?.default, ...(schema?.enum ?? [])].filter(value => value !== undefined);
  return encodeURIComponent(String(known.length ? pick(known) : schema?.type === 'integer' ? 1 : 'bitcoin'));
}

function mutated(value) {
  return pick([
    () => '', () => value + value, () => value.toUpperCase(), () => value.slice(1), () => encodeURIComponent(value), () => value + ',' + value,
    () => String(Math.floor(next() * 1e6) - 1000), () => value.split('').reverse().join(''), () => `${value}%20`, () => value.repeat(40),
  ])();
}

function pathAndQuery(operation, kind) {
  const parameters = operation.spec.parameters ?? [];
  const spoil = value => (kind === 'valid' ? value : chance(0.4) ? (kind === 'hostile' ? pick(hostileTexts) : mutated(value)) : value);
  let path = operation.path;
  const pairs = [];
  for (const parameter of parameters) {
    const value = valueOf(parameter);
    if (parameter.in === 'path') {
      path = path.replace(`{${parameter.name}}`, spoil(value).replaceAll('/', '%2F').replaceAll(' ', '%20').replaceAll('?', '%3F') || 'x');
    } else if (parameter.in === 'query' && !parameter.name.includes('api_key')) {
      if (parameter.required ? kind === 'valid' || chance(0.85) : chance(0.4)) pairs.push(`${parameter.name}=${spoil(value)}`);
    }
  }
  if (kind !== 'valid') {
    if (chance(0.1)) pairs.push(pick(hostileTexts) + '=1');
    if (chance(0.1) && pairs.length) pairs.push(pairs[0]);
    if (chance(0.05)) path += pick(['/', '//', '/..;/', '%00', '/x', ';a=b']);
  }
  const query = pairs.length ? '?' + pairs.join('&').replaceAll(' ', '%20') : '';
  return (path + query).replace(/[^\x21-\x7e]/g, encodeURIComponent);
}

const accepts = ['*/*', 'application/json', 'text/csv', 'application/x-ndjson', 'text/html', 'application/json;q=0.1, text/csv', 'garbage', ';;;', ''];
const strangeHeaders = [
  ['If-None-Match', '"x"'], ['If-None-Match', '*'], ['If-None-Match', '"'], ['If-Modified-Since', 'yesterday'], ['Range', 'bytes=0-1'],
  ['Accept-Encoding', 'br'], ['Accept-Encoding', 'gzip;q=0, identity;q=0'], ['Accept-Encoding', '???'], ['Last-Event-ID', '\\'],
  ['Content-Type', 'text/plain'], ['Expect', '200-nothing'], ['X-Forwarded-For', '::::'], ['traceparent', '00-zz'], ['Origin', 'null'],
  ['If-Match', '"999"'], ['Cookie', 'a'.repeat(2000)], ['X-Idempotency-Key', 'k'], ['Authorization', 'Basic Og=='],
];

/** A credential, and what must be said to it before anything else. */
function credential(operation) {
  const roll = next();
  if (isOpen(operation)) return { headers: roll < 0.5 ? {} : { 'X-API-Key': roll < 0.75 ? userKey : 'nonsense' }, must: undefined };
  if (roll < 0.08) return { headers: {}, must: 401 };
  if (roll < 0.12) return { headers: { 'X-API-Key': pick(['nonsense', 'ak_live_aaaa_bbbb', '', ' ', 'a'.repeat(5000)]) }, must: 401 };
  if (roll < 0.16) return { headers: { Authorization: pick(['Bearer x', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Basic Og==']) }, must: 401 };
  if (roll < 0.3) return { headers: { 'X-API-Key': userKey }, must: isAdmin(operation) ? 403 : undefined };
  return { headers: { 'X-API-Key': adminKey }, must: undefined };
}

function bodyOf(kind) {
  if (kind === 'hostile') {
    return pick(['{', '[]', 'null', '"x"', '{"a":'.repeat(500), '\u0000', '{"a":1,"a":2}', '{"amount":1e400}', 'x'.repeat(100_000), '{"__proto__":{}}', '﻿{}']);
  }
  return pick(['{"unknown":1}', '{"batch-size":-1}', '{"paused":"maybe"}', '[1,2]', '{"amount":"-1","currency":"USD"}', '{"currency":"NOPE"}']);
}

function requestOf(operation) {
  const kind = pick(['valid', 'valid', 'mutated', 'mutated', 'hostile']);
  const { headers, must } = credential(operation);
  const request = { method: operation.method.toUpperCase(), path: pathAndQuery(operation, kind), headers: { ...headers } };
  if (isDangerous(operation)) {
    if (must === undefined || !operation.spec.requestBody) {
      // Refused by its parameters, its body or its credential; never carried out.
      request.path += (request.path.includes('?') ? '&' : '?') + 'no_such_parameter=1';
    }
    if (operation.spec.requestBody) {
      request.headers['Content-Type'] = kind === 'hostile' && chance(0.3) ? pick(['text/plain', 'garbage', 'application/json; charset=utf-16']) : 'application/json';
      request.body = bodyOf(kind);
    }
  }
  if (kind === 'hostile') {
    if (chance(0.5)) request.headers.Accept = pick(accepts);
    if (chance(0.3)) {
      const [name, value] = pick(strangeHeaders);
      if (!(name === 'Authorization' && request.headers['X-API-Key'] !== undefined)) request.headers[name] = value;
    }
    if (operation.method === 'get' && chance(0.05)) request.method = pick(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'BREW']);
  }
  return { kind, request, must };
}

function decoded(answer) {
  switch (answer.headers['content-encoding']) {
    case 'gzip': return zlib.gunzipSync(answer.body);
    case 'br': return zlib.brotliDecompressSync(answer.body);
    default: return answer.body;
  }
}

/** What is an answer there and no failure: a probe's "not yet", and what the provider itself says of a pair that it doesn't know. */
const mayFail = {
  '/readyz': [503],
  '/internal-api/coinone-worker/public/trades': [502],
  '/internal-api/coinone-worker/public/orderbook': [502],
};

/** What is wrong with an answer; undefined where nothing is. */
function fault(operation, kind, { request, must }, answer) {
  const { status } = answer;
  if (status >= 500 && !(mayFail[operation.path] ?? []).includes(status)) return `${status}`;
  const isAnother = request.method !== operation.method.toUpperCase() || request.path.split('?')[0] !== operation.path
    && !operation.path.includes('{');
  if (must !== undefined && status !== must && !isAnother && ![400, 414, 429, 431].includes(status)) return `${status} where the credential asks for ${must}`;
  if (must !== undefined && status < 300) return `${status}: a credential was ignored`;
  if (isDangerous(operation) && status < 300) return `${status}: what had to be refused was done`;
  // CoinGecko answers a span beyond the caller's plan with 401.
  if (status === 401 && must === undefined && !isAnother && request.headers.Authorization === undefined
    && !operation.path.startsWith('/api/v3')) return '401 with a valid key';
  if (isAnother || operation.path.includes('{') || [304, 400, 414, 431, 408].includes(status) && answer.body?.length === 0) return undefined;
  if (answer.body === null || request.method === 'HEAD') return undefined;
  const type = answer.headers['content-type'] ?? '';
  if (operation.spec.responses[status] === undefined) return status === 404 && kind !== 'valid' ? undefined : `${status} is not in the document`;
  if (status === 304) return undefined;
  const valid = validator(operation, status, type);
  if (valid === undefined) return `${status} as '${type}' is not in the document`;
  if (!type.includes('json') || type.includes('ndjson')) return undefined;
  const content = JSON.parse(decoded(answer).toString());
  return valid(content) ? undefined : `${status}: ${JSON.stringify(valid.errors?.[0])} in ${JSON.stringify(content).slice(0, 300)}`;
}

let [sent, faults] = [0, 0];
const statuses = {};
async function work() {
  while (sent < count) {
    sent += 1;
    const operation = pick(operations);
    const generated = requestOf(operation);
    let wrong;
    try {
      const answer = await send(generated.request);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      wrong = fault(operation, generated.kind, generated, answer);
    } catch (error) {
      // A request line that no server can read may end the connection.
      wrong = generated.kind === 'hostile' && ['ECONNRESET', 'HPE_INVALID_CONSTANT', 'EPIPE'].includes(error.code) ? undefined : String(error);
    }
    if (wrong) {
      faults += 1;
      if (faults <= mostShown) {
        console.log(`FAULT ${operation.method} ${operation.path}: ${wrong}\n  ${generated.request.method} ${generated.request.path.slice(0, 300)} `
          + `${JSON.stringify(generated.request.headers).slice(0, 200)} ${(generated.request.body ?? '').slice(0, 100)}`);
      }
    }
  }
}

await Promise.all(Array.from({ length: atOnce }, work));
console.log(`${sent} requests over ${operations.length} operations, seed ${seed}: ${faults} faults; ${JSON.stringify(statuses)}`);
process.exit(faults ? 1 : 0);
