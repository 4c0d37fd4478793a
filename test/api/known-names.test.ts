import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { exampleSagas } from '../../local-orchestrator/index.ts';
import { restingSagas } from './resting-sagas.ts';
import { startTestApi, type TestApi } from './test-api.ts';

const [pickOrder] = exampleSagas() as [SagaDefinition];
/** Of a release before: it has left the site, its figures have not. */
const past = { name: 'old-pick', hash: 'ab12cd'.padEnd(64, '0') } as DefinitionVersion;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    sagas: { ...restingSagas.sagas, definitions: () => [{ ...pickOrder, search: { dock: null } }] },
    versions: {
      ...restingSagas.versions,
      list: async (name) => (name === undefined || name === past.name ? [past] : []),
    },
    people: {
      people: () => [
        { user: 'ann', roles: ['operator', 'shift-lead'], skills: [], zones: [], onDuty: true, openTasks: 0 },
      ],
      absences: { list: () => [] } as never,
    },
  });
});
afterAll(() => api.end());
const get = (path: string) => api.ask('GET', path, { headers: api.as('viewer') });

describe('a list that finds nothing', () => {
  test.each([
    ['figures of a saga', '/kpis?saga=pick-oder', 'there is no saga pick-oder', 'Did you mean pick-order?'],
    [
      'versions of a saga',
      '/versions?name=nope',
      'there is no saga nope',
      'Known are: old-pick, pick-order.',
    ],
    ['sagas by name', '/sagas?name=pick-oder', 'there is no saga pick-oder', 'Did you mean pick-order?'],
    ['sagas by version', '/sagas?hash=ffffff', 'no version begins with ffffff', 'List them'],
    [
      'sagas by an attribute',
      '/sagas?attribute=dok%3D1',
      'there is no search attribute dok',
      'Did you mean dock?',
    ],
    [
      'tasks of a role',
      '/tasks?role=shift-leed&state=cancelled',
      'there is no role shift-leed',
      'Did you mean shift-lead?',
    ],
    ['dead letters of a saga', '/dead-letters?definition=nope', 'there is no saga nope', 'Known are'],
    ['dead letters of a step', '/dead-letters?step=nope', 'there is no step nope', 'Known are'],
    [
      'dead letters of a device',
      '/dead-letters?device=amr-9',
      'there is no device amr-9',
      'The site has no device.',
    ],
  ])('for a name that nobody knows says so: %s', async (_what, path, problem, cure) => {
    const answer = (await get(path)).json();
    expect(answer).toMatchObject({
      status: 400,
      code: 'API_INVALID',
      title: expect.stringContaining(problem),
    });
    expect(answer.hint).toContain(cure);
  });

  test.each([
    '/kpis?saga=old-pick',
    '/sagas?name=pick-order&hash=ab12cd&attribute=dock%3D1',
    '/tasks?role=shift-lead&state=cancelled',
    '/tasks?role=viewer&state=cancelled',
    `/dead-letters?definition=old-pick&step=${pickOrder.start}`,
    '/dead-letters',
  ])('for names that there are is empty: %s', async (path) => {
    expect((await get(path)).statusCode).toBe(200);
  });

  test.each([
    '/kpis',
    '/sagas',
    '/dead-letters',
  ])('because its time ends before it begins says so: %s', async (path) => {
    const answer = await get(`${path}?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z`);
    expect(answer.json()).toMatchObject({ status: 400, title: 'querystring.to: is not after from' });
  });

  test('lets no letter go on by a name that nobody knows', async () => {
    const payload = { reason: 'x', filter: { device: 'amr-9' } };
    const answer = await api.ask('POST', '/redrives', { headers: api.as('technician'), payload });
    expect(answer.json()).toMatchObject({
      status: 400,
      title: 'body.filter.device: there is no device amr-9',
    });
  });

  test('of a shadow that nobody began is not found', async () => {
    expect((await get('/shadows/none/reports')).json()).toMatchObject({
      status: 404,
      title: 'There is no shadow none',
    });
  });
});
