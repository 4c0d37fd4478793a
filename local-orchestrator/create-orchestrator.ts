import { Value } from 'typebox/value';
import { ApplianceError } from '#contracts/errors.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { type SiteFile, SiteFile as SiteFileSchema } from '#contracts/site-file.ts';
import type { WorkKind } from '#contracts/work.ts';
import { createBreakers } from './activities/breakers.ts';
import { commandRunner } from './activities/command-activity.ts';
import { createRunners } from './activities/runners.ts';
import { deviceActivities } from './catalogue/device-steps.ts';
import { createDeadLetterDesk } from './dead-letters/dead-letter-desk.ts';
import { hasEnded } from './decide/state.ts';
import { schemaProblems } from './definition/json-schema.ts';
import { DOCK_HANDOFF } from './docks/bookings.ts';
import { createDockBook } from './docks/dock-book.ts';
import { createDockDesk } from './docks/dock-desk.ts';
import { createDefinitions } from './engine/definitions.ts';
import { type Change, createEngine } from './engine/engine.ts';
import type { Supplies } from './engine/needs.ts';
import { createSteadyClock } from './engine/steady-clock.ts';
import { createFleet } from './fleet/fleet.ts';
import { createParking } from './fleet/parking.ts';
import { createLookBack } from './history/look-back.ts';
import { createSearch } from './history/search.ts';
import { createInventory } from './inventory/inventory.ts';
import { createKpiDesk } from './kpis/kpi-desk.ts';
import { createModels, type ModelParts } from './models/models.ts';
import type { Orchestrator, OrchestratorParts } from './orchestrator.ts';
import { createAdmission } from './orders/admission.ts';
import { createBacklog } from './orders/backlog.ts';
import { createOrderDesk } from './orders/order-desk.ts';
import { pickInputOf } from './orders/order-summary.ts';
import { createKeeper } from './retention/keeper.ts';
import { createRolloutRoom } from './rollout/rollout-room.ts';
import { runbookDeadlineMs, shippedRunbooks } from './runbooks/runbook-folder.ts';
import { begunOtherwise, shippedRunners, shippedSagas } from './sagas/shipped.ts';
import { createSchedules } from './schedules/schedules.ts';
import { startRecovering } from './starters/recovery-starter.ts';
import { startReplenishing } from './starters/replenish-starter.ts';
import { noAbilities } from './tasks/abilities.ts';
import { createTaskDesk } from './tasks/task-desk.ts';

const sagaConfig = (given: Partial<SiteFile['sagas']>): SiteFile['sagas'] =>
  Value.Default(SiteFileSchema.properties.sagas, structuredClone(given)) as SiteFile['sagas'];

const noModels: ModelParts = {
  configs: [],
  tokens: new Map(),
  fetch: () => Promise.reject(new Error('no way out')),
};

export function createOrchestrator(parts: OrchestratorParts): Orchestrator {
  const { store, clock, random, site, places } = parts;
  const steady = createSteadyClock(clock);
  const config = sagaConfig(parts.config);
  const log = parts.log.child({ component: 'orchestrator' });
  const inventory = createInventory({ store, clock, site: site.id, places });
  const fleet = createFleet({ store, clock, log, view: parts.fleet });
  const parking = createParking({ fleet, view: parts.fleet, commands: parts.commands, clock, log, places });
  const docks = parts.docks ?? [];
  const book = createDockBook({ store, clock, site: site.id, docks });
  const shipped = shippedSagas(config, places, docks);
  const current = [...shipped, ...(parts.sagas ?? [])];
  const optional = new Set(shipped.map(({ name }) => name));
  const definitions = createDefinitions({ store, clock, current, optional });
  const models = createModels({ store, clock, log, site }, parts.models ?? noModels);
  const breakers = createBreakers({ store, clock: steady, log, site: site.id, policy: config.breaker });
  const runners = createRunners(
    [
      models.desk.runner,
      ...deviceActivities.map((activity) => commandRunner(activity, parts.commands)),
      ...shippedRunners({ inventory, fleet, view: parts.fleet, book, config, places, docks, clock }),
      ...(parts.activities ?? []),
    ],
    { log, breakers },
  );
  const desk = createOrderDesk({ store, clock, site, definitions, risk: models.risk });
  const tasks = createTaskDesk({
    store,
    clock: steady,
    log,
    site,
    abilities: { ...noAbilities, ...parts.tasks },
    decide: (sagaId, decided) => engine.offer(sagaId, { type: 'task-decided', ...decided }),
  });
  const runbooks = parts.runbooks ?? shippedRunbooks();
  const deadLetters = createDeadLetterDesk({
    store,
    clock,
    log,
    site: site.id,
    runbooks,
    deviceOf: parts.deviceOf ?? (() => undefined),
    notices: parts.tasks?.notices ?? noAbilities.notices,
    offer: (sagaId, event) => engine.offer(sagaId, event),
  });
  const kpis = createKpiDesk({ store, clock, log, site, definitions: () => current });
  const { forgetOrders = [] } = parts;
  const keeper = createKeeper({ store, clock, log, keepDays: config.keepDays, forgetOrders });
  const lookBack = createLookBack(store, definitions.byHash);
  const rollout = createRolloutRoom({ store, clock, log, site: site.id, definitions, lookBack });
  const endListeners = new Set<(sagaId: string, status: string) => void>();

  const onCommitted = (change: Change) => {
    tasks.committed(change);
    desk.committed(change);
    models.desk.committed(change);
    kpis.committed(change);
    rollout.committed(change);
    const { state } = change.decision;
    if (!hasEnded(state)) return;
    if (pickInputOf(state) !== undefined) admission.ended();
    for (const listener of endListeners) listener(state.sagaId, state.status);
  };
  /** Orders begin by their admission, with rows of their own. */
  /** Some sagas belong to a desk, which keeps books of its own about them. */
  const refuseByName = (name: string) => {
    const instead = begunOtherwise.get(name);
    if (instead === undefined) return;
    throw new ApplianceError('SAGA_DEFINITION_INVALID', {
      definition: name,
      place: 'start',
      problem: 'it is not begun by name',
      cure: instead,
    });
  };
  const engine = createEngine({
    store,
    clock: steady,
    random,
    log,
    site: site.id,
    definitions,
    runners,
    childOf(saga, child) {
      refuseByName(saga);
      return rollout.versionFor(saga, child);
    },
    limits: config.limits,
    signalDaysMax: config.signalDaysMax,
    repeated: kpis.repeated,
    dueAfterMs: ({ kind }) => runbookDeadlineMs(runbooks, kind),
    project: (changes) => [
      ...changes.flatMap((change) => [
        ...desk.project(change),
        ...tasks.project(change),
        ...models.desk.project(change),
        ...deadLetters.project(change),
      ]),
      ...kpis.project(changes),
    ],
    onCommitted,
  });
  const alarms = parts.tasks?.alarms ?? noAbilities.alarms;
  const backlog = createBacklog({ store, alarms, waitingMax: config.waitingMax });
  const admission = createAdmission({
    store,
    clock,
    log,
    site: site.id,
    versionFor: rollout.versionFor,
    engine,
    desk,
    risk: models.risk,
    alarms,
    backlog,
    places,
    runningMax: config.runningMax,
  });

  const begin: Orchestrator['startSaga'] = async (name, sagaId, input, options = {}) => {
    const busy = engine.pushesBack();
    if (busy !== null) throw new ApplianceError('SAGA_BUSY', { sagaId, reason: busy });
    const { correlationId = sagaId, traceparent = null } = options;
    const version = rollout.versionFor(name, { sagaId, correlationId, input });
    refuseInput(version.definition, input);
    const outcome = await engine.start({
      ...version,
      sagaId,
      correlationId,
      traceparent,
      input,
      parentId: null,
    });
    if (outcome === 'conflict' || outcome === 'unchanged') kpis.repeated(name);
    if (outcome === 'full')
      throw new ApplianceError('SAGA_BUSY', { sagaId, reason: 'the store has no room' });
    // It is not on disk, so nobody may count it as begun.
    if (outcome === 'missing') throw new ApplianceError('SAGA_STOPPED');
    if (outcome === 'failed') throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId });
    return outcome;
  };
  const startSaga: Orchestrator['startSaga'] = async (name, ...rest) => {
    refuseByName(name);
    return begin(name, ...rest);
  };
  const dockDesk = createDockDesk({
    book,
    docks,
    clock,
    log,
    begin: (sagaId, input) => begin(DOCK_HANDOFF, sagaId, input),
    signal: (sagaId, signal) => engine.signal(sagaId, signal),
    cancelSaga: (sagaId, by, reason) => engine.offer(sagaId, { type: 'cancel', by, reason }),
  });
  const starters: (() => unknown)[] = [];
  const schedules = createSchedules({
    store,
    clock,
    log,
    timeZone: site.timeZone,
    configs: config.schedules,
    definitions: current,
    begin: async (saga, sagaId, input) => void (await startSaga(saga, sagaId, input)),
  });
  const supplies: Supplies = {
    activity: runners.has,
    capability: (kind) => parts.capabilities?.has(kind) ?? true,
    saga: (name) => current.some((one) => one.name === name),
    model: (name) => models.desk.models().some((model) => model.name === name),
  };

  let started = false;
  return {
    async start() {
      await definitions.open(supplies);
      await rollout.open();
      await breakers.open();
      await Promise.all([inventory.open(), fleet.open(), tasks.open(), models.open()]);
      await kpis.open();
      await engine.recover();
      await tasks.start();
      deadLetters.start();
      keeper.start();
      await parking.start();
      await admission.start();
      await schedules.start();
      await dockDesk.open();
      starters.push(
        startReplenishing({ store, inventory, places, log, alarms, begin }),
        startRecovering({ fleet, view: parts.fleet, clock, log, rules: config.robotRecovery, alarms, begin }),
      );
      started = true;
    },
    isStarted: () => started,
    async stop() {
      dockDesk.close();
      for (const end of starters.splice(0)) await end();
      await schedules.stop();
      await keeper.stop();
      await deadLetters.stop();
      await admission.stop();
      await engine.stop();
      await rollout.stop();
      await kpis.stop();
      await tasks.stop();
      await models.stop();
      parking.stop();
      fleet.close();
    },
    inventory,
    docks: dockDesk,
    backlog,
    orders: desk.orders,
    order: desk.order,
    cancelOrder: desk.cancel,
    tasks: tasks.tasks,
    task: tasks.get,
    claimTask: (taskId, user) => tasks.claim(taskId, trusted(user)),
    decideTask: (taskId, user, decision, note) => tasks.decide(taskId, trusted(user), { decision, note }),
    desk: tasks,
    counts: async () => ({ ...(await desk.counts()), tasksOpen: tasks.tasks().length }),
    stats: () => {
      const { transitions, commits, cached, alive, limits } = engine.stats();
      return {
        transitions,
        commits,
        sagasInMemory: cached,
        sagasAlive: alive,
        limits,
        waitingForRobot: fleet.waitingCount(),
        leases: fleet.leases(),
      };
    },
    limits: () => engine.limits(),
    breakers,
    schedules,
    deadLetters,
    kpis,
    history: { ...lookBack, search: createSearch(store, definitions.byHash) },
    versions: rollout.versions,
    signal: engine.signal,
    startSaga,
    cancelSaga: (sagaId, by, reason) => engine.offer(sagaId, { type: 'cancel', by, reason }),
    models: { list: models.desk.models, rebase: models.desk.rebase, risk: models.risk.report },
    workKinds: () => current.filter(({ name }) => !begunOtherwise.has(name)).map(workKind),
    definitions: () => current,
    onOrderChanged: desk.onChanged,
    onTaskChanged: tasks.onChanged,
    onSagaEnded(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
  };
}

const workKind = ({ name, title, version, input }: SagaDefinition): WorkKind => ({
  saga: name,
  title,
  version,
  input: input ?? null,
});

/** Errors: WORK_INPUT with the first thing that does not fit. */
function refuseInput({ name, input: schema }: SagaDefinition, input: Json): void {
  const [first] = schema === undefined ? [] : schemaProblems(schema, input);
  if (first === undefined) return;
  throw new ApplianceError('WORK_INPUT', {
    saga: name,
    place: first.pointer === '' ? 'the input' : first.pointer,
    problem: first.problem,
  });
}

/** Somebody whom the caller has let in already. */
const trusted = (user: string) => ({ user, role: 'admin' }) as const;
