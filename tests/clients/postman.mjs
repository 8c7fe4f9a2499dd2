// Makes the Postman collection and its environment from the service's own OpenAPI document.
//   node postman.mjs ADDRESS FOLDER   writes akkacrypto.postman_collection.json and demo.postman_environment.json there
import fs from 'node:fs';
import path from 'node:path';

const [address, folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node postman.mjs ADDRESS FOLDER');
  process.exit(2);
}

const text = await (await fetch(new URL('/openapi/v1.json', address))).json();
const isOpen = spec => spec.security?.length === 0;
const isAdmin = spec => spec['x-required-role'] === 'admin';
const isStream = spec => spec.responses['200']?.content?.['text/event-stream'] !== undefined;

/** Every $ref put in its place: the sandbox of Postman resolves none. */
function inlined(schema) {
  if (Array.isArray(schema)) return schema.map(inlined);
  if (schema === null || typeof schema !== 'object') return schema;
  if (schema.$ref) return inlined(schema.$ref.split('/').slice(1).reduce((node, name) => node[name], text));
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inlined(value)]));
}

function tests(statuses, schema, extra = []) {
  const lines = [
    `pm.test('answers ${statuses.join(' or ')}', () => pm.expect(pm.response.code).to.be.oneOf(${JSON.stringify(statuses)}));`,
    `pm.test('carries a trace id where it is an error', () => { if (pm.response.code >= 400 && (pm.response.headers.get('Content-Type') || '').startsWith('application/problem+json')) `
      + `pm.expect(pm.response.json().traceId).to.be.a('string').and.not.empty; });`,
    ...extra,
  ];
  if (schema) {
    lines.push(`const schema = ${JSON.stringify(inlined(schema))};`,
      "if (pm.response.code === 200) pm.test('has the shape that the document declares', () => pm.response.to.have.jsonSchema(schema));");
  }
  return [{ listen: 'test', script: { type: 'text/javascript', exec: lines } }];
}

function request(method, route, { query = [], variables = [], key, description, headers = [] } = {}) {
  return {
    method,
    header: [...(key ? [{ key: 'X-API-Key', value: `{{${key}}}` }] : []), ...headers],
    url: {
      raw: '{{base_url}}' + route + (query.length ? '?' + query.filter(q => !q.disabled).map(q => `${q.key}=${q.value}`).join('&') : ''),
      host: ['{{base_url}}'], path: route.split('/').slice(1).map(part => part.replace(/^\{(.*)\}$/, ':$1')), query, variable: variables,
    },
    ...(description ? { description } : {}),
  };
}

/** Of parameters that are optional one by one, those that a request needs together: what the document has no word for. */
const needed = {
  '/api/v3/simple/price': ['ids'],
  '/udf/history': ['from', 'to'],
};

function item(route, method, spec) {
  const parameters = spec.parameters ?? [];
  const exampleOf = p => String(p.example ?? p.schema?.example ?? p.schema?.default ?? p.schema?.enum?.[0] ?? '');
  const query = parameters.filter(p => p.in === 'query' && !p.name.includes('api_key'))
    .map(p => ({ key: p.name, value: exampleOf(p), description: p.description, ...(p.required || needed[route]?.includes(p.name) ? {} : { disabled: true }) }));
  const variables = parameters.filter(p => p.in === 'path').map(p => ({ key: p.name, value: exampleOf(p), description: p.description }));
  const declared = spec.responses['200']?.content?.['application/json']?.schema;
  return {
    name: spec.summary,
    event: tests(variables.length ? [200, 404] : [200], declared),
    request: request(method.toUpperCase(), route, {
      query, variables, key: isOpen(spec) ? undefined : isAdmin(spec) ? 'admin_key' : 'user_key', description: spec.description,
    }),
  };
}

const problem = text.components.schemas.Problem;
const refusal = (name, status, route, options) => ({
  name, event: tests([status], undefined, [
    `pm.test('is a problem with a code', () => { pm.expect(pm.response.headers.get('Content-Type')).to.equal('application/problem+json'); `
      + `pm.response.to.have.jsonSchema(${JSON.stringify(inlined(problem))}); });`,
  ]), request: request('GET', route, options),
});

const byTag = new Map();
for (const [route, operations] of Object.entries(text.paths)) {
  // What changes or takes something away, and what has no end, is in the document; a run of this collection leaves the service as it was.
  const spec = operations.get;
  if (!spec || isStream(spec)) continue;
  const tag = spec.tags[0];
  if (!byTag.has(tag)) byTag.set(tag, []);
  byTag.get(tag).push(item(route, 'get', spec));
}

const prices = [{ key: 'assets', value: 'bitcoin' }, { key: 'currencies', value: 'usd' }];
const collection = {
  info: {
    name: 'AkkaCrypto',
    description: `${text.info.description}\n\nMade from /openapi/v1.json: reads of every route, and how refusals look.`,
    schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
  },
  item: [
    ...[...byTag].map(([name, items]) => ({ name, description: text.tags.find(tag => tag.name === name)?.description, item: items })),
    {
      name: 'Refusals',
      description: 'application/problem+json (RFC 9457) with a stable code.',
      item: [
        refusal('No key', 401, '/simple_price', { query: prices }),
        refusal('An unknown key', 401, '/simple_price', { query: prices, headers: [{ key: 'X-API-Key', value: 'not-a-key' }] }),
        refusal('A normal key on an admin route', 403, '/admin/feeds', { key: 'user_key' }),
        refusal('An unknown parameter', 400, '/simple_price', { query: [...prices, { key: 'colour', value: 'red' }], key: 'user_key' }),
        refusal('A missing parameter', 400, '/simple_price', { query: prices.slice(0, 1), key: 'user_key' }),
        refusal('An unknown asset', 404, '/simple_price', {
          query: [{ key: 'assets', value: 'no-such-asset' }, prices[1]], key: 'user_key',
        }),
        refusal('An unknown route', 404, '/no-such-route', { key: 'user_key' }),
        refusal('A type that is not offered', 406, '/simple_price', {
          query: prices, key: 'user_key', headers: [{ key: 'Accept', value: 'text/html' }],
        }),
      ],
    },
  ],
};
const environment = {
  name: 'AkkaCrypto demo',
  values: [
    { key: 'base_url', value: 'http://127.0.0.1:8080', type: 'default', enabled: true },
    { key: 'user_key', value: 'demo-pro-key', type: 'secret', enabled: true },
    { key: 'admin_key', value: 'demo-admin-key', type: 'secret', enabled: true },
  ],
  _postman_variable_scope: 'environment',
};

fs.mkdirSync(folder, { recursive: true });
const write = (name, content) => fs.writeFileSync(path.join(folder, name), JSON.stringify(content, null, 2) + '\n');
write('akkacrypto.postman_collection.json', collection);
write('demo.postman_environment.json', environment);
console.log(`${collection.item.reduce((sum, group) => sum + group.item.length, 0)} requests`);
