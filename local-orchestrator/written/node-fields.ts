import type { Json, SagaNode } from '#contracts/sagas.ts';
import { CONCURRENCY_MAX_DEFAULT, ITEMS_MAX_DEFAULT } from '../definition/group-options.ts';
import { MODEL_TIMEOUT_MS } from '../definition/node-options.ts';
import {
  DEFAULT_EXPIRY_MS,
  DEFAULT_TIMEOUT_MS,
  defaultReconcile,
  defaultRefusal,
  defaultRetry,
} from '../definition/policies.ts';
import {
  activity,
  type Codec,
  computedDuration,
  duration,
  durationOrNever,
  expression,
  type Field,
  failureLead,
  group,
  labelled,
  lead,
  list,
  plain,
  wayIn,
} from './fields.ts';

const field = (key: string, name: string, codec: Codec, fallback?: Field['fallback']): Field => ({
  key,
  name,
  codec,
  ...(fallback === undefined ? {} : { fallback }),
});
const needed = (key: string, name: string, codec: Codec): Field => ({ key, name, codec, required: true });
const same = (key: string, codec: Codec = plain): Field => field(key, key, codec);

const title = needed('title', 'title', plain);
/** On to what follows, when nothing is said. */
const onward = (key: string, name: string): Field => field(key, name, lead, ({ following }) => following);
const then = onward('then', 'next');
const orNothing = (key: string, name: string): Field => field(key, name, lead, null);

/** A policy: each entry has the default of the policy. */
const policy = (
  key: string,
  fields: readonly Field[],
  defaults: Readonly<Record<string, unknown>>,
): Field => {
  const filled = fields.map(
    (one): Field =>
      defaults[one.name] === undefined ? one : { ...one, fallback: defaults[one.name] as Json },
  );
  return field(key, key, group(filled), defaults as Json);
};
const backoff = [field('first', 'firstMs', duration), same('factor'), field('cap', 'capMs', duration)];
const retry = [
  same('attempts'),
  ...backoff,
  same('nonRetryable'),
  same('only'),
  field('total', 'totalMs', duration),
];
const refusal = [...backoff, field('budget', 'budgetMs', duration)];
const reconcile = [same('queries'), ...backoff, field('answer', 'answerMs', duration), same('whenUnknown')];

const limits = list([
  needed('name', 'name', plain),
  needed('key', 'key', expression),
  same('concurrencyMax'),
  same('perMinuteMax'),
]);
const work = [
  title,
  needed('do', 'activity', activity),
  field('with', 'input', expression, {}),
  field('timeout', 'timeoutMs', durationOrNever, DEFAULT_TIMEOUT_MS),
  field('expiry', 'expiryMs', duration, DEFAULT_EXPIRY_MS),
  field('heartbeat', 'heartbeatMs', duration),
  policy('retry', retry, { ...defaultRetry }),
  policy('refusal', refusal, { ...defaultRefusal }),
  policy('reconcile', reconcile, { ...defaultReconcile }),
  same('limits', limits),
  same('assume', expression),
];
const undo = field('undo', 'compensation', group([...work, field('when', 'when', plain, 'started')]));
const onFailure = field(
  'onFailure',
  'failure',
  list([
    field('codes', 'codes', plain, []),
    field('then', 'leads', failureLead, ({ following }) => ({ do: 'go', node: following ?? '' })),
  ]),
  [],
);

const people = field(
  'people',
  'people',
  group([
    same('assign'),
    same('role'),
    same('skill'),
    same('zone', expression),
    field('respond', 'respondMs', duration),
    same(
      'escalation',
      list([
        needed('after', 'afterMs', duration),
        needed('when', 'when', plain),
        same('role'),
        same('user'),
        field('notify', 'notify', plain, []),
      ]),
    ),
    same('notify'),
    same('form'),
    same('image', expression),
    same('suggestion', expression),
  ]),
);
const buttons = list([
  needed('button', 'id', plain),
  needed('label', 'label', plain),
  field('tone', 'tone', plain, 'neutral'),
  field('needsNote', 'needsNote', plain, false),
  then,
]);
const asking = [
  field('text', 'text', expression, ''),
  field('context', 'context', labelled, []),
  field('due', 'dueMs', duration, null),
  orNothing('onDue', 'onDue'),
  people,
];

const need = field('need', 'need', plain, 'all');
const rest = field('rest', 'rest', plain, 'cancel');
const start = field('steps', 'start', wayIn, ({ join }) => join);

/** What an entry of each kind is called, and what stands in it. A new kind of node is entered here. */
export const nodeForms: Readonly<Record<SagaNode['kind'], { key: string; fields: readonly Field[] }>> = {
  step: { key: 'step', fields: [...work, undo, field('voids', 'voids', plain, []), onFailure, then] },
  branch: {
    key: 'branch',
    fields: [
      title,
      needed('when', 'cases', list([needed('if', 'when', expression), then])),
      onward('otherwise', 'otherwise'),
    ],
  },
  timer: { key: 'timer', fields: [title, needed('delay', 'delayMs', computedDuration), then] },
  signal: {
    key: 'signal',
    fields: [
      title,
      needed('name', 'signal', plain),
      same('payload'),
      field('timeout', 'timeoutMs', durationOrNever, null),
      orNothing('onTimeout', 'onTimeout'),
      then,
    ],
  },
  task: {
    key: 'task',
    fields: [title, needed('kind', 'taskKind', plain), ...asking, needed('buttons', 'decisions', buttons)],
  },
  undo: {
    key: 'startOver',
    fields: [
      title,
      needed('from', 'to', plain),
      needed('timesMax', 'timesMax', plain),
      field('then', 'next', lead, (_around, { to }) => to ?? ''),
      onward('otherwise', 'otherwise'),
    ],
  },
  parallel: {
    key: 'parallel',
    fields: [
      title,
      need,
      rest,
      needed('ways', 'ways', list([needed('way', 'id', plain), title, start])),
      onFailure,
      then,
    ],
  },
  each: {
    key: 'each',
    fields: [
      title,
      needed('items', 'items', expression),
      field('itemsMax', 'itemsMax', plain, ITEMS_MAX_DEFAULT),
      field('concurrencyMax', 'concurrencyMax', plain, CONCURRENCY_MAX_DEFAULT),
      need,
      rest,
      start,
      field('output', 'output', expression, null),
      onFailure,
      then,
    ],
  },
  loop: {
    key: 'loop',
    fields: [
      title,
      needed('timesMax', 'timesMax', plain),
      start,
      needed('again', 'again', expression),
      onward('otherwise', 'otherwise'),
      then,
    ],
  },
  join: { key: 'join', fields: [needed('of', 'of', plain)] },
  child: {
    key: 'child',
    fields: [
      title,
      needed('saga', 'saga', plain),
      field('with', 'input', expression, {}),
      field('timeout', 'timeoutMs', durationOrNever, null),
      field('onCancel', 'onCancel', plain, 'cancel'),
      undo,
      onFailure,
      then,
    ],
  },
  model: {
    key: 'decide',
    fields: [
      title,
      needed('model', 'model', plain),
      field('with', 'input', expression, {}),
      needed('actAt', 'actAt', plain),
      needed('approveAt', 'approveAt', plain),
      field('timeout', 'timeoutMs', duration, MODEL_TIMEOUT_MS),
      field('cache', 'cacheMs', duration, 0),
      ...asking,
      needed('buttons', 'options', buttons),
    ],
  },
  end: {
    key: 'end',
    fields: [
      field('title', 'title', plain, 'Done'),
      field('outcome', 'outcome', plain, 'completed'),
      field('reason', 'reason', expression, 'done'),
      field('output', 'output', expression, {}),
    ],
  },
};

/** The head of a file, before its steps. */
export const headFields: readonly Field[] = [
  needed('saga', 'name', plain),
  needed('version', 'version', plain),
  title,
  same('input'),
  same('search', expression),
  same('slo', group([needed('within', 'durationMs', duration), needed('objective', 'objective', plain)])),
];
