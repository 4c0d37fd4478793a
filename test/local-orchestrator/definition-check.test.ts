import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { localActivity } from '../../local-orchestrator/activities/activity.ts';
import { defineSaga } from '../../local-orchestrator/definition/builder.ts';
import type { Catalogue } from '../../local-orchestrator/definition/catalogue.ts';
import { checkDefinition } from '../../local-orchestrator/definition/check.ts';
import { placeText } from '../../local-orchestrator/definition/finding.ts';
import { findings } from '../../local-orchestrator/definition/findings.ts';
import { defaultRetry } from '../../local-orchestrator/definition/policies.ts';
import { orElse } from '../../local-orchestrator/definition/refs.ts';
import { endFailed, goOn, to, way } from '../../local-orchestrator/definition/routes.ts';
import { sagaNamed } from '../../local-orchestrator/definition/saga-ref.ts';

const look = localActivity<{ sku: string }, { found: number }>('look', 1);
const first = () => ({ sku: 'A' });
const step = { title: 'Look', input: first };

/** A saga with a node of each kind, in order: everything below is a change of it that must be found. */
const sound = (): SagaDefinition =>
  structuredClone(
    defineSaga('sound', Type.Object({ skus: Type.Array(Type.String()) }))
      .step('before', look, { ...step, undo: { activity: look, title: 'Undo', input: first } })
      .parallel('both', {
        title: 'Both',
        ways: {
          left: { title: 'Left', way: (saga) => saga.step('left', look, step) },
          right: { title: 'Right', way: (saga) => saga.step('right', look, step) },
        },
      })
      .each('items', {
        title: 'Items',
        items: ({ input }) => input.skus,
        way: (saga, { item }) => saga.step('inside', look, { title: 'Look', input: () => ({ sku: item }) }),
        output: ({ steps }) => steps.inside.found,
      })
      .loop('again', {
        title: 'Again',
        timesMax: 3,
        way: (saga) => saga.step('pass', look, step),
        again: () => orElse(true as never, false) as never,
      })
      .child('child', sagaNamed<{ sku: string }, null>('other'), { title: 'Child', input: first })
      .signal('gate', { title: 'Gate', signal: 'gate', payload: Type.Object({}) })
      .model('risk', {
        title: 'Risk',
        model: 'risk',
        input: () => ({}),
        actAt: 0.9,
        approveAt: 0.5,
        text: () => 'Well?',
        options: {
          yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
          no: { label: 'No', tone: 'danger', needsNote: false, leads: endFailed('no') },
        },
      })
      .task('ask', {
        kind: 'ask',
        title: 'Ask',
        text: () => 'Well?',
        form: Type.Object({ note: Type.String() }),
        decisions: {
          fine: { label: 'Fine', tone: 'primary', needsNote: false, leads: goOn },
          stop: { label: 'Stop', tone: 'danger', needsNote: false, leads: endFailed('no') },
        },
      })
      .end({ title: 'Sound', version: 1 }),
  );

const told = (definition: SagaDefinition, catalogue?: Catalogue) =>
  findings(definition, catalogue).map((one) => `${placeText(one)}: ${one.problem} | ${one.cure}`);

type Change = Readonly<Record<string, unknown>>;
const changed = (node: string, change: Change): SagaDefinition => {
  const definition = sound();
  if (definition.nodes[node] === undefined) throw new Error(`no ${node}`);
  Object.assign(definition.nodes[node], change);
  return definition;
};
const refer = (path: string): Json => ({ sku: { $ref: path } });
const amends = (sound().nodes.before as { compensation: object }).compensation;

test('what is sound has no findings', () => expect(told(sound())).toEqual([]));

test('amends may use what was made where it is there for certain, or say what holds without it', () => {
  const found = { sku: { $ref: 'steps.before.output.found' } };
  const completed = { ...amends, when: 'completed', input: found };
  expect(told(changed('before', { compensation: completed }))).toEqual([]);
  const guarded = { ...amends, input: { sku: { ...found.sku, $else: 'none' } } };
  expect(told(changed('before', { compensation: guarded }))).toEqual([]);
});

describe('is found, with the place and the cure', () => {
  test.each<[string, string, Change, RegExp]>([
    ['an unknown kind', 'before', { kind: 'stap' }, /^before, kind: "stap" is no kind .* step, branch/],
    ['a wrong field', 'before', { timeoutMs: 'soon' }, /^before, timeoutMs: must be/],
    ['a field too many', 'left', { timeOutMs: 1 }, /^left, timeOutMs: there is no such entry/],
    [
      'a way out of a group',
      'left',
      { next: 'child' },
      /^left, next: leads out of its way of both.*join of both/,
    ],
    [
      'a way into a group',
      'before',
      { failure: [{ codes: [], leads: { do: 'go', node: 'right' } }] },
      /^both, ways.1.start: its way begins at right.*Lead to both/,
    ],
    ['the join of another group', 'inside', { next: 'both-join' }, /both-join|joins both/],
    ['a join without a group', 'both-join', { of: 'before' }, /both-join, of: before is no parallel/],
    [
      'amends by what may not have been made',
      'before',
      { compensation: { ...amends, input: refer('steps.before.output.found') } },
      /^before, compensation.input: .* before has made nothing when it failed.*"when: completed".*\$else/,
    ],
    ['a sibling way', 'left', { input: refer('steps.right.output.found') }, /right is on another way/],
    ['an item from outside', 'child', { input: refer('steps.inside.output.found') }, /steps\.items\.output/],
    [
      'an item elsewhere',
      'child',
      { input: refer('each.items.item') },
      /each\.items\.item is not known here/,
    ],
    ['an item of a loop', 'pass', { input: refer('each.again.item') }, /each\.again\.item leads nowhere/],
    ['what comes later', 'before', { input: refer('steps.ask.output.by') }, /ask cannot have run by then/],
    ['the pass before', 'pass', { input: refer('steps.pass.output.found') }, /pass cannot have run/],
    ['a failure gone by', 'child', { input: refer('steps.left.failure.code') }, /left cannot have failed/],
    ['no such part', 'child', { input: refer('steps.left.outptu') }, /says neither output nor failure/],
    ['a node without output', 'ask', { text: refer('steps.both-join.output') }, /a join has no output/],
    ['a root that is none', 'ask', { text: refer('step.left.output') }, /Begin with input, steps, each/],
    ['an operator that is none', 'ask', { text: { $fer: 'input' } }, /\$fer is no operator/],
    ['a threshold above the other', 'risk', { approveAt: 0.95 }, /approveAt: is above actAt/],
    ['a need of too many', 'both', { need: 3 }, /both, need: needs 3 of 2 ways/],
    ['items too many', 'items', { items: [1, 2, 3], itemsMax: 2 }, /items, items: 3 items, itemsMax is 2/],
    ['a schema that is none', 'gate', { payload: { type: 'objekt' } }, /gate, payload: the schema cannot/],
    ['a schema with a typo', 'ask', { people: { form: { typ: 'object' } } }, /people\.form: .*"typ"/],
    ['a deadline that never comes', 'ask', { onDue: 'end' }, /ask, onDue: never comes/],
    ['skill without a skill', 'ask', { people: { assign: 'by-skill' } }, /no skill is named/],
    [
      'an escalation to nobody',
      'ask',
      { people: { escalation: [{ afterMs: 1, when: 'unanswered', notify: [] }] } },
      /tells nobody/,
    ],
    ['a limit of nothing', 'left', { limits: [{ name: 'zone', key: 'a' }] }, /zone limits nothing/],
    ['a heartbeat too slow', 'left', { heartbeatMs: 30_000 }, /heartbeatMs: .*never counts/],
    [
      'a route never taken',
      'left',
      {
        failure: [
          { codes: [], leads: { do: 'park' } },
          { codes: ['A'], leads: { do: 'park' } },
        ],
      },
      /failure\.1: is never taken/,
    ],
    ['undoing to what is no step', 'before', { voids: ['left'] }, /voids left, which has no compensation/],
    ['a circle', 'gate', { next: 'gate' }, /goes round without a person or a bound: gate → gate/],
  ])('%s', (_what, node, change, words) => {
    const found = told(changed(node, change));
    expect(
      found.some((one) => words.test(one)),
      found.join('\n'),
    ).toBe(true);
    for (const one of found) expect(one).toMatch(/ \| \S/);
  });

  test('two ways, two decisions of one name', () => {
    const ways = structuredClone(sound().nodes.both) as Extract<SagaNode, { kind: 'parallel' }>;
    const found = told(changed('both', { ways: ways.ways.map((one) => ({ ...one, id: 'same' })) }));
    expect(found).toEqual([expect.stringMatching(/^both, ways\.1\.id: has two ways of the same name, same/)]);
  });

  test('a step that demands amends and has none', () => {
    const ref = { ...look.ref, needsUndo: true as const };
    expect(told(changed('left', { activity: ref }))).toEqual([
      expect.stringMatching(/^left: look demands a compensation, and there is none \| Say how amends/),
    ]);
    expect(told(changed('before', { activity: ref }))).toEqual([]);
  });

  test('everything at once, and the first is thrown with the number of the others', () => {
    const definition = changed('left', { input: refer('steps.right.output.found') });
    Object.assign(definition.nodes.risk ?? {}, { approveAt: 1 });
    Object.assign(definition.nodes.gate ?? {}, { payload: { type: 'x' } });
    expect(told(definition)).toHaveLength(3);
    expect(() => checkDefinition(definition)).toThrow(/sound, .*\(and 2 more\)/);
  });

  test('search by anything but the input', () => {
    const definition = { ...sound(), search: { who: { $ref: 'steps.ask.output.by' } } };
    expect(told(definition)).toEqual([expect.stringMatching(/^search\.who: .* is not part of the input/)]);
  });
});

test('a failure route may come back, and what it leads by may be referred to', () => {
  const saga = defineSaga<null>('back')
    .step('try', look, {
      ...step,
      onFailure: {
        '*': way((sub) =>
          sub.task('why', {
            kind: 'why',
            title: 'Why',
            text: ({ failed }) => failed('try').reason,
            decisions: {
              again: { label: 'Again', tone: 'primary', needsNote: false, leads: to('try') },
              on: { label: 'On', tone: 'neutral', needsNote: false, leads: goOn },
            },
          }),
        ),
      },
    })
    .step('then', look, { title: 'Then', input: ({ decided }) => ({ sku: decided('why') }) });
  expect(findings(saga.end({ title: 'Back', version: 1 }))).toEqual([]);
});

describe('compared with what there is', () => {
  const catalogue: Catalogue = {
    steps: [
      {
        activity: look.ref,
        title: 'Look',
        input: {
          type: 'object',
          properties: { sku: { type: 'string' } },
          required: ['sku'],
          additionalProperties: false,
        },
        output: null,
        timeoutMs: 1,
        retry: defaultRetry,
      },
    ],
    sagas: [
      {
        name: 'other',
        input: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
      },
    ],
    models: ['risk'],
    channels: ['mail'],
  };
  test.each<[string, string, Change, RegExp]>([
    [
      'an unknown step',
      'left',
      { activity: { ...look.ref, name: 'loook' } },
      /no step loook \| Did you mean look\?/,
    ],
    [
      'an unknown version',
      'left',
      { activity: { ...look.ref, version: 2 } },
      /no version 2 of look \| Use version 1/,
    ],
    [
      'another effect',
      'left',
      { activity: { ...look.ref, effect: 'neither' } },
      /effect of look is idempotent, not neither/,
    ],
    ['an unknown child', 'child', { saga: 'othre' }, /no saga othre \| Did you mean other\?/],
    ['itself as a child', 'child', { saga: 'sound' }, /begins itself/],
    [
      'a child given too little',
      'child',
      { input: {} },
      /child, input: "sku" is missing \| .*what other takes/,
    ],
    ['a child given the wrong type', 'child', { input: { sku: 7 } }, /child, input\.sku: must be string/],
    ['an unknown model', 'risk', { model: 'luck' }, /no model luck/],
    ['an unknown channel', 'ask', { people: { notify: ['male'] } }, /no notification channel male/],
    ['an input too little', 'left', { input: {} }, /left, input: "sku" is missing/],
    [
      'an input too much',
      'left',
      { input: { sku: { $ref: 'input.skus' }, skuu: 1 } },
      /input\.skuu: there is no such/,
    ],
    ['an input of the wrong type', 'left', { input: { sku: 7 } }, /input\.sku: must be string/],
    [
      'amends that are not there',
      'before',
      {
        compensation: {
          ...amends,
          activity: { ...look.ref, name: 'x' },
        },
      },
      /before, compensation\.activity: there is no step x/,
    ],
  ])('%s is found', (_what, node, change, words) => {
    expect(told(sound(), catalogue)).toEqual([]);
    expect(told(changed(node, change), catalogue)).toEqual([expect.stringMatching(words)]);
  });
});
