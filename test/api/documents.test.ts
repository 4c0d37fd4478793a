import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { roles } from '#contracts/site-file.ts';
import { startTestApi, type TestApi } from './test-api.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: string[];
  readonly parameters?: { readonly in: string; readonly name: string; readonly schema?: object }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}
interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly components: { readonly securitySchemes: object; readonly schemas: object };
  readonly paths: Record<string, Record<string, Operation>>;
}

let api: TestApi;
let reason: string | undefined;
let document: OpenApi;
const warnings: unknown[] = [];
const onWarning = (...words: unknown[]) => void warnings.push(words);
beforeAll(async () => {
  process.on('warning', onWarning);
  // Where ajv's strict mode complains.
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(onWarning);
  api = await startTestApi({ notReady: () => reason });
  document = (await api.app.inject('/docs/json')).json();
  vi.restoreAllMocks();
});
afterAll(async () => {
  process.off('warning', onWarning);
  await api.end();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  );

describe('the probes', () => {
  test('tell an orchestrator of machines, without a sign-in, whether it lives and takes orders', async () => {
    expect((await api.app.inject('/healthz')).json()).toEqual({ status: 'alive', version: '1.2.3' });
    const ready = await api.app.inject('/readyz');
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready' }]);
    reason = 'the disk is full';
    const full = await api.app.inject('/readyz');
    expect([full.statusCode, full.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the disk is full' },
    ]);
    // A full disk is no reason to be restarted.
    expect((await api.app.inject('/healthz')).statusCode).toBe(200);
    reason = undefined;
  });

  test('figures need a token', async () => {
    expect((await api.app.inject('/metrics')).statusCode).toBe(401);
    const answer = await api.app.inject({ url: '/metrics', headers: api.as('viewer') });
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toContain('# TYPE holdfast_orders gauge');
  });
});

describe('the API document', () => {
  test('is OpenAPI 3.1 and can be read before signing in', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info).toMatchObject({ title: 'Holdfast', version: '1.2.3' });
    expect(Object.keys(document.components.securitySchemes)).toEqual(['session', 'token']);
    expect(Object.keys(document.components.schemas)).toContain('Envelope');
    const page = await api.app.inject('/docs/');
    expect([page.statusCode, page.headers['content-type']]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  test('says of each operation in a line what it is for', () => {
    const mute = operations().filter(({ operation }) => !operation.summary);
    expect(mute.map(({ name }) => name)).toEqual([]);
  });

  test('has an operation for each thing that people and machines do', () => {
    expect(operations().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'POST /api/v1/orders',
        'GET /api/v1/orders/{id}',
        'POST /api/v1/orders/{id}/cancel',
        'POST /api/v1/tasks/{id}/decide',
        'POST /api/v1/interlocks/{id}/reset',
        'POST /api/v1/alarms/{id}/acknowledge',
        'POST /api/v1/commands',
        'POST /api/v1/intake/debezium',
        'GET /api/v1/refusals',
        'GET /api/v1/uplinks',
        'GET /api/v1/events',
        'GET /api/v1/floor',
        'POST /api/v1/session/claim',
      ]),
    );
  });

  test('groups each operation, declares each part of its path, and answers something', () => {
    for (const { name, path, operation } of operations()) {
      expect(operation.tags, name).toHaveLength(1);
      const declared = (operation.parameters ?? []).filter(({ in: where }) => where === 'path');
      expect(
        declared.map((parameter) => parameter.name),
        name,
      ).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part));
      expect(Object.keys(operation.responses).length, name).toBeGreaterThan(0);
    }
  });

  test('every schema in it is one that a strict validator of JSON Schema 2020-12 takes', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false });
    formats.default(ajv);
    // References are to the document's own components: each schema is compiled with them beside it.
    ajv.addVocabulary(['components', 'example']);
    const schemas = operations().flatMap(({ name, operation }) => [
      ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => ({ name, schema })),
      ...Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content ?? {}).map(({ schema }) => ({ name, schema })),
      ),
      ...(operation.parameters ?? []).map((parameter) => ({ name, schema: parameter.schema ?? {} })),
    ]);
    expect(schemas.length).toBeGreaterThan(40);
    for (const { name, schema } of schemas) {
      const { components } = document;
      expect(() => ajv.compile({ components, ...schema }), name).not.toThrow();
    }
  });

  test('made no validator complain about a schema', () => {
    expect(warnings).toEqual([]);
  });
});

test('each route under the API names its role and its schema', async () => {
  const routes = api.routes.filter(({ url }) => url.startsWith('/api/v1'));
  expect(routes.length).toBeGreaterThan(30);
  for (const { method, url, role, hasSchema } of routes) {
    expect([...roles, 'nobody'], `${method} ${url}`).toContain(role);
    expect(hasSchema, `${method} ${url}`).toBe(true);
  }
  const open = routes.filter(({ role }) => role === 'nobody').map(({ method, url }) => `${method} ${url}`);
  expect(open.sort()).toEqual(['POST /api/v1/session', 'POST /api/v1/session/claim']);
});

test('outside of the API only probes, pages and the document are open', () => {
  const open = api.routes
    .filter(({ url, role }) => !url.startsWith('/api/v1') && role === 'nobody')
    .map(({ url }) => url.split('/')[1])
    .filter((first, index, all) => all.indexOf(first) === index);
  expect(open.sort()).toEqual(['', 'docs', 'healthz', 'index.html', 'readyz']);
});

describe('each answer', () => {
  test.each([
    '/',
    '/api/v1/summary',
    '/healthz',
    '/nothing',
    '/docs/json',
  ])('%s forbids to be framed and sniffed', async (url) => {
    const { headers } = await api.app.inject({ url, headers: api.as('viewer') });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy'] ?? '');
    if (url !== '/docs/json') {
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain('unsafe');
    }
  });

  test('of the API is kept by no cache', async () => {
    const { headers } = await api.ask('GET', '/summary', { headers: api.as('viewer') });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('gives the page to who is not signed in', async () => {
    const page = await api.app.inject('/');
    expect([page.statusCode, page.body]).toEqual([200, expect.stringContaining('Test page')]);
  });

  test('never serves a file from outside of the pages', async () => {
    for (const url of ['/../pki/ca.key', '/..%2fpki', '/%2e%2e/site.db', '/site.db'])
      expect((await api.app.inject(url)).statusCode, url).toBe(404);
  });
});
