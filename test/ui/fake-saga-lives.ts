import type { TimelineEntry } from '#contracts/api.ts';
import type { SagaDiagram } from '#contracts/diagram.ts';
import type { NodeView, SagaStep, SagaSummary, SagaView } from '#contracts/saga-api.ts';
import { definitionHash, diagramOf, exampleSagas } from '../../local-orchestrator/index.ts';
import { detailOf, orders, timeline } from './fake-orders.ts';
import { ago } from './fake-time.ts';

const definitions = exampleSagas();
const definitionOf = (name: string) => {
  const found = definitions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no example ${name}`);
  return found;
};
export const hashOf = (name: string): string => definitionHash(definitionOf(name));
export const diagramOfHash = (hash: string): SagaDiagram | undefined => {
  const found = definitions.find((one) => definitionHash(one) === hash);
  return found === undefined ? undefined : diagramOf(found);
};

const summary = (name: string, sagaId: string, more: Partial<SagaSummary>): SagaSummary => ({
  sagaId,
  name,
  title: definitionOf(name).title,
  version: 1,
  hash: hashOf(name),
  status: 'completed',
  correlationId: sagaId,
  startedAt: ago(480),
  endedAt: null,
  amended: false,
  attributes: {},
  ...more,
});

const ended = 62;
/** Newest first: one that waits, one that was undone, one at a dock with all its ways, and many that went well. */
export function sagas(): SagaSummary[] {
  const old = Array.from({ length: ended }, (_, index) =>
    summary('replenish', `replenish-${index}`, {
      startedAt: ago(90_000 + index * 600),
      endedAt: ago(89_900 + index * 600),
      attributes: { place: `rack-${index}` },
    }),
  );
  return [
    summary('pick-order', 'saga-536367', {
      correlationId: '536367',
      status: 'running',
      attributes: { order: '536367' },
    }),
    summary('dock-handoff', 'handoff:B-7', {
      status: 'running',
      attributes: { booking: 'B-7', vehicle: 'NX 41 KLM' },
    }),
    summary('pick-order', 'saga-536365', {
      correlationId: '536365',
      status: 'compensated',
      amended: true,
      endedAt: ago(220),
    }),
    ...old,
  ];
}

type States = Readonly<Record<string, NodeView['state']>>;
interface Moment {
  readonly what: string;
  readonly made: readonly string[];
  /** What changed from the moment before. */
  readonly states: States;
}

const picking: readonly Moment[] = [
  { what: 'It was begun', made: ['"Reserve stock" begins'], states: { reserve: 'active' } },
  {
    what: '"Reserve stock" succeeded',
    made: ['"Reserve stock" is done', '"Choose a robot" begins'],
    states: { reserve: 'done', 'choose-robot': 'active' },
  },
  {
    what: '"Choose a robot" succeeded',
    made: ['"Drive to the first rack" begins'],
    states: { 'choose-robot': 'done', 'go-to-rack': 'active' },
  },
  {
    what: '"Drive to the first rack" was refused: Gate 2 is open',
    made: [],
    states: { 'go-to-rack': 'waiting' },
  },
  {
    what: 'Its time came',
    made: ['"Drive to the first rack", attempt 2, begins'],
    states: { 'go-to-rack': 'active' },
  },
  { what: '"Drive to the first rack" succeeded', made: [], states: { 'go-to-rack': 'done', pick: 'active' } },
];
const waiting: readonly Moment[] = [
  { what: '"Pick" succeeded', made: [], states: { pick: 'done', inspect: 'active' } },
  {
    what: '"Compare with the order" succeeded',
    made: ['a person is asked: Wrong article in the tote of amr-3'],
    states: { inspect: 'done', exceptions: 'done', 'human-check': 'waiting' },
  },
];
const undone: readonly Moment[] = [
  { what: '"Pick" failed: Scanned 84879, wanted 22745', made: ['amends begin'], states: { pick: 'undoing' } },
  {
    what: '"Put back what was picked" succeeded',
    made: ['"Pick" has been taken back'],
    states: { pick: 'undone', 'choose-robot': 'undoing' },
  },
  {
    what: '"Release the robot" succeeded',
    made: ['"Choose a robot" has been taken back'],
    states: { 'choose-robot': 'undone', reserve: 'undoing' },
  },
  {
    what: '"Release stock" succeeded',
    made: ['"Reserve stock" has been taken back', 'the saga has ended: compensated'],
    states: { reserve: 'undone' },
  },
];
const docking: readonly Moment[] = [
  {
    what: 'It was begun',
    made: [],
    states: { hold: 'done', await: 'done', expect: 'done', arrival: 'done', comes: 'done', admit: 'done' },
  },
  {
    what: '"Open the door" succeeded',
    made: ['"Load" is entered'],
    states: {
      reserve: 'done',
      restrain: 'done',
      'open-door': 'done',
      load: 'active',
      'choose-robot': 'done',
      'pick-up': 'active',
    },
  },
];

const lives: Readonly<Record<string, readonly Moment[]>> = {
  'saga-536367': [...picking, ...waiting],
  'saga-536365': [...picking, ...undone],
  'handoff:B-7': docking,
};
const plain: readonly Moment[] = [
  { what: 'It was begun', made: [], states: { claim: 'active' } },
  {
    what: '"Claim the place" succeeded',
    made: ['the saga has ended: completed'],
    states: { claim: 'done', end: 'done' },
  },
];

export function viewOf(saga: SagaSummary, asked: number | null): SagaView {
  const life = lives[saga.sagaId] ?? plain;
  const newest = life.length;
  const at = Math.min(asked ?? newest, newest);
  const past = life.slice(0, at);
  const states: States = Object.assign({}, ...past.map((moment) => moment.states));
  const now = at === newest;
  const amending = past.some(({ made }) => made.includes('amends begin'));
  return {
    saga,
    at,
    newest,
    status: now ? saga.status : amending ? 'compensating' : 'running',
    faithful: now ? true : null,
    input: inputOf(saga),
    output: now && saga.status === 'completed' ? { moved: 12 } : null,
    reason: now && saga.status === 'compensated' ? 'Scanned 84879, wanted 22745' : null,
    nodes: nodesOf(saga, states),
    edges: diagramOf(definitionOf(saga.name)).edges.filter(({ from, to }) => from in states && to in states),
    outputs:
      'choose-robot' in states && states['choose-robot'] === 'done'
        ? { 'choose-robot': { robotId: 'amr-3', batteryLevel: 0.82 } }
        : {},
    steps: past.map(
      (moment, index): SagaStep => ({
        position: index + 1,
        at: ago(480 - index * 12),
        what: moment.what,
        made: [...moment.made],
      }),
    ),
    earlier: 0,
    timeline: timelineOf(saga, at, newest),
  };
}

const nodesOf = ({ name }: SagaSummary, states: States): NodeView[] =>
  diagramOf(definitionOf(name))
    .nodes.filter(({ kind }) => kind !== 'compensation')
    .map(({ id, kind, title }) => {
      const state = states[id] ?? 'idle';
      return { id, kind, title, state, visits: state === 'idle' ? 0 : id === 'go-to-rack' ? 2 : 1 };
    });

function inputOf({ sagaId, correlationId }: SagaSummary): unknown {
  const order = orders().find(({ orderId }) => orderId === correlationId);
  return order === undefined
    ? { sagaId }
    : { order: detailOf(order).order, acceptedAtMs: Date.now() - 480_000 };
}

function timelineOf({ correlationId }: SagaSummary, at: number, newest: number): TimelineEntry[] {
  const order = orders().find(({ orderId }) => orderId === correlationId);
  const entries = order === undefined ? [] : timeline(order);
  return entries.slice(0, Math.ceil((entries.length * at) / newest));
}
