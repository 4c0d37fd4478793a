import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify';
import type { Alarm, LiveState, Task } from '#contracts/api.ts';
import { systemClock } from '#contracts/clock.ts';
import type { Command } from '#contracts/commands.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { Role } from '#contracts/site-file.ts';
import {
  type ApiServices,
  buildApi,
  createLiveHub,
  idempotencyStoreModule,
  type LiveHub,
  startApi,
} from '../../appliance/api/index.ts';
import { type Identity, identityStoreModule, openIdentity } from '../../appliance/identity/index.ts';
import { createIntake, intakeStoreModule } from '../../appliance/intake/index.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { createMetrics, createTracing } from '../../appliance/telemetry/index.ts';
import { createAbsences } from '../../local-orchestrator/tasks/absences.ts';
import { taskTables } from '../../local-orchestrator/tasks/task-tables.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';
import { restingSources } from '../support/resting-metrics.ts';
import { restingDocks } from './resting-docks.ts';
import { restingEngine } from './resting-engine.ts';
import { restingLetters } from './resting-letters.ts';
import { restingModels } from './resting-models.ts';
import { restingSagas } from './resting-sagas.ts';
import { alarm, emptyLiveState, openTask } from './rows.ts';

export const LOCAL_TOKEN = 'local-token-of-the-test';
export const BODY_BYTES_MAX = 4_096;

const siteText = `
site: { id: test-site, name: Test site }
http: { port: 0, bodyBytesMax: ${BODY_BYTES_MAX} }
places: [{ id: packing-1, kind: packing, x: 1, y: 1 }]
intake:
  debezium:
    - { table: public.orders, orderId: id, sku: article, quantity: pieces }
`;

/** A whole API on a real store, real identity and real intake; the floor and the orchestrator stand in. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly routes: readonly { method: string; url: string; role: string | undefined; hasSchema: boolean }[];
  readonly kept: KeptStore;
  readonly identity: Identity;
  readonly services: ApiServices;
  readonly live: LiveHub;
  readonly state: LiveState;
  /** Commands that reached the gate. */
  readonly commands: Command[];
  readonly decisions: { taskId: string; user: string; decision: string; note: string | undefined }[];
  /** Answers of commands wait until it is called. */
  holdCommands(): () => void;
  /** The live feed's readings wait until it is called. */
  holdReadings(): () => void;
  /** Bearer header of a machine with this role. */
  as(role: Role): Record<string, string>;
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    options?: Partial<InjectOptions>,
  ): ReturnType<typeof ask>;
  end(): Promise<void>;
}

const ask = (app: FastifyInstance, options: InjectOptions) => app.inject(options);

export async function startTestApi(more: Partial<ApiServices> = {}): Promise<TestApi> {
  const kept = await keepStore([identityStoreModule, intakeStoreModule, idempotencyStoreModule, taskTables]);
  const siteFile = parseSiteFile(siteText, 'site.yaml');
  const identity = await openIdentity({
    store: kept.store,
    clock: systemClock,
    dataDir: kept.dir,
    log: silentLog,
    site: 'test-site',
    passwordCost: { logN: 10, r: 8, p: 1 },
  });
  const tokens = new Map<Role, string>();
  for (const role of ['viewer', 'operator', 'technician', 'admin'] as const)
    tokens.set(role, await identity.issueToken(`machine-${role}`, role, 'test'));

  const state = emptyLiveState();
  let heldReadings: Promise<void> = Promise.resolve();
  const live = createLiveHub(
    () => ({
      summary: async () => {
        await heldReadings;
        return state.summary;
      },
      orders: () => [...state.orders],
      tasks: () => [...state.tasks],
      robots: () => [...state.robots],
      devices: () => [...state.devices],
      interlocks: () => [...state.interlocks],
      alarms: () => [...state.alarms],
      uplinks: () => [...state.uplinks],
      faults: () => [...state.faults],
      notices: () => [...state.notices],
    }),
    systemClock,
    silentLog,
  );
  const metrics = createMetrics(restingSources);
  const commands: Command[] = [];
  const decisions: TestApi['decisions'] = [];
  let held: Promise<void> = Promise.resolve();
  const tasks = new Map<string, Task>([['task-1', openTask('task-1')]]);
  const alarms = new Map<string, Alarm>([['alarm-1', alarm('alarm-1')]]);
  const known = <T>(map: ReadonlyMap<string, T>, what: string, id: string): T => {
    const found = map.get(id);
    if (found === undefined) throw new ApplianceError('API_NOT_FOUND', { what, id });
    return found;
  };
  const uiDir = join(kept.dir, 'ui');
  mkdirSync(uiDir);
  writeFileSync(join(uiDir, 'index.html'), '<!doctype html><title>Test page</title>');

  const services: ApiServices = {
    siteFile,
    version: '1.2.3',
    log: silentLog,
    clock: systemClock,
    tracing: await createTracing('test-site', '1.2.3', undefined),
    store: kept.store,
    identity,
    intake: createIntake({
      store: kept.store,
      clock: systemClock,
      log: silentLog,
      site: 'test-site',
      rules: {
        defaultDestination: 'packing-1',
        destinations: new Set(['packing-1']),
        serviceSkus: new Set(),
        unknownSku: 'refuse',
        knowsSku: (sku) => sku === 'MUG',
      },
      backlog: { enter: () => () => {}, size: () => 0 },
      onRefused: (code) => metrics.countRefusal(code),
    }),
    live,
    summary: async () => state.summary,
    floorPlan: () => ({ width: 1, height: 1, metresPerCell: 1, rows: ['.'], places: siteFile.places }),
    orders: { list: async () => state.orders, get: async () => undefined },
    ...restingSagas,
    ...restingEngine,
    work: { kinds: () => [], begin: async () => 'changed' },
    docks: restingDocks,
    ...restingLetters,
    tasks: {
      list: async () => [...tasks.values()],
      detail: async () => undefined,
      claim: async (taskId, { user }) => ({
        ...known(tasks, 'task', taskId),
        state: 'claimed',
        claimedBy: user,
      }),
      begin: async (taskId) => known(tasks, 'task', taskId),
      decline: async (taskId) => known(tasks, 'task', taskId),
      release: async (taskId) => known(tasks, 'task', taskId),
      delegate: async (taskId) => known(tasks, 'task', taskId),
      decide: async (taskId, { user }, { decision, note }) => {
        const task = known(tasks, 'task', taskId);
        decisions.push({ taskId, user, decision, note });
        return { ...task, state: 'completed', decidedBy: user, decision };
      },
    },
    people: {
      people: () => [],
      absences: createAbsences({
        store: kept.store,
        clock: systemClock,
        site: 'test-site',
        people: () => [],
      }),
    },
    channels: () => [],
    tryChannel: async (channel) => {
      throw new ApplianceError('API_NOT_FOUND', { what: 'channel', id: channel });
    },
    devices: {
      list: () => state.devices,
      robots: () => state.robots,
      browse: async (device, address) => [
        { address: address ?? 'root', name: device, type: 'folder', access: 'none', hasChildren: true },
      ],
    },
    safety: {
      interlocks: () => state.interlocks,
      reset: async (id) => {
        throw new ApplianceError('SAFE_RESET_REFUSED', { interlock: id, reason: 'it is pressed' });
      },
      command: async (command) => {
        commands.push(command);
        await held;
        return { state: 'verified', data: { nth: commands.length } };
      },
      reconcile: async () => ({ outcome: 'not-done', reason: 'it never arrived' }),
    },
    alarms: {
      list: () => [...alarms.values()],
      acknowledge: async (id, by) => ({ ...known(alarms, 'active alarm', id), acknowledgedBy: by }),
    },
    models: restingModels,
    uplinks: () => state.uplinks,
    demo: undefined,
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    isStarting: () => false,
    notReady: () => undefined,
    uiDir,
    localToken: LOCAL_TOKEN,
    ...more,
  };
  const { app, routes } = await withRoutes(() => buildApi(services));
  await app.ready();
  return {
    app,
    get routes() {
      return routes.map(({ method, url, config, schema }) => ({
        method: String(method),
        url,
        role: config?.role,
        hasSchema: schema !== undefined,
      }));
    },
    kept,
    identity,
    services,
    live,
    state,
    commands,
    decisions,
    holdCommands() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    holdReadings() {
      const { promise, resolve } = Promise.withResolvers<void>();
      heldReadings = promise;
      return resolve;
    },
    as: (role) => ({ authorization: `Bearer ${tokens.get(role)}` }),
    ask: (method, path, options = {}) => ask(app, { method, url: `/api/v1${path}`, ...options }),
    async end() {
      live.close();
      await app.close();
      await kept.end();
    },
  };
}

/** Routes as they are declared; Fastify itself tells nobody later. Configs are changed until all is ready. */
async function withRoutes(build: () => Promise<FastifyInstance>) {
  const routes: RouteOptions[] = [];
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => void routes.push(route));
  };
  subscribe('fastify.initialization', listen);
  try {
    return { app: await build(), routes };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

/** The same services behind a listening socket, as `compose.ts` starts them. */
export const listen = (services: ApiServices) => startApi(services, undefined);
