import type { TimelineEntry } from '#contracts/api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';

type Data = Readonly<Record<string, unknown>>;
type Outcome = TimelineEntry['outcome'];
type Open = { -readonly [K in keyof TimelineEntry]: TimelineEntry[K] };

interface Book {
  readonly definition: SagaDefinition;
  readonly tasks: ReadonlyMap<string, { title: string; text: string }>;
  readonly entries: Open[];
  /** Entries that began and have not ended, by what they are about. */
  readonly open: Map<string, Open[]>;
}

/**
 * The story of a saga, oldest first: each attempt one entry that says how it ended and how long it took.
 * Made of what was recorded with each transition, so it says what was said then, whatever the program is now.
 */
export function timelineOf(
  definition: SagaDefinition,
  history: readonly SqlRow[],
  tasks: Book['tasks'],
): TimelineEntry[] {
  const book: Book = { definition, tasks, entries: [], open: new Map() };
  for (const row of history) {
    const atMs = Number(row.at_ms);
    const event = JSON.parse(String(row.event)) as Data;
    if (event.type === 'cancel') {
      add(book, atMs, {
        kind: 'order',
        title: `Cancellation asked by ${event.by}`,
        detail: words(event.reason),
      });
    }
    for (const [type, data] of JSON.parse(String(row.emitted)) as [string, Data][]) {
      tell[type]?.(book, atMs, data);
    }
  }
  return book.entries;
}

const tell: Readonly<Record<string, (book: Book, atMs: number, data: Data) => void>> = {
  'holdfast.saga.started.v1': (book, atMs) => void add(book, atMs, { kind: 'saga', title: 'Begun' }),
  'holdfast.saga.step-started.v1': (book, atMs, data) => {
    const attempt = Number(data.attempt);
    const kind = attempt > 1 ? 'retry' : 'step';
    const work = { step: words(data.step), attempt, outcome: 'running' as const };
    begin(book, key('step', data), atMs, { kind, title: titleOf(book, data), ...work });
    if (typeof data.commandId !== 'string') return;
    const title = activityOf(book, data);
    begin(book, key('step', data), atMs, { kind: 'command', title, detail: data.commandId, ...work });
  },
  'holdfast.saga.step-ended.v1': (book, atMs, data) => {
    const retry = typeof data.retryAt === 'string' ? `; again at ${data.retryAt}` : '';
    const detail = data.reason === undefined ? null : `${words(data.reason)}${retry}`;
    finish(book, key('step', data), atMs, stepOutcomes[String(data.outcome)] ?? 'info', detail);
  },
  'holdfast.saga.compensation.v1': (book, atMs, data) => {
    const id = key('amends', data);
    const reason = words(data.reason);
    if (data.outcome === 'started') {
      const work = { step: words(data.step), attempt: Number(data.attempt), outcome: 'running' as const };
      begin(book, id, atMs, { kind: 'compensation', title: titleOf(book, data, true), ...work });
    } else if (data.outcome === 'blocked') {
      const title = `Blocked: ${titleOf(book, data, true)}`;
      add(book, atMs, {
        kind: 'compensation',
        title,
        outcome: 'waiting',
        detail: reason,
        step: words(data.step),
      });
    } else finish(book, id, atMs, amendsOutcomes[String(data.outcome)] ?? 'info', reason);
    const byPerson = saidOfAmends[String(data.outcome)];
    if (byPerson !== undefined) {
      const title = `${byPerson.word}: ${titleOf(book, data, true)}`;
      add(book, atMs, { kind: 'compensation', title, outcome: byPerson.outcome, detail: reason });
    }
  },
  'holdfast.saga.parked.v1': (book, atMs, data) =>
    void add(book, atMs, {
      kind: 'saga',
      title: `Waits for a person: ${titleOf(book, data)}`,
      outcome: 'waiting',
      detail: words(data.reason),
      step: words(data.step),
    }),
  'holdfast.saga.resumed.v1': (book, atMs, data) =>
    void add(book, atMs, {
      kind: 'saga',
      title: `Resumed by ${data.by}: ${data.decision}`,
      detail: words(data.note),
      step: words(data.step),
    }),
  'holdfast.saga.ended.v1': (book, atMs, data) => {
    const outcome = data.outcome === 'completed' ? 'ok' : 'failed';
    const took = Number(data.durationMs);
    const entry = add(book, atMs, {
      kind: 'saga',
      title: `Ended: ${data.outcome}`,
      outcome,
      detail: words(data.reason),
    });
    entry.durationMs = took;
  },
  'holdfast.task.changed.v1': (book, atMs, data) => {
    const id = `task ${data.taskId}`;
    const task = book.tasks.get(String(data.taskId));
    if (data.state === 'created') {
      const title = task?.title ?? String(data.kind);
      begin(book, id, atMs, { kind: 'task', title, outcome: 'waiting', detail: task?.text ?? null });
    } else if (data.state !== 'offered') {
      const said = data.decision === undefined ? data.state : `${data.decision} by ${data.by}`;
      const note = data.note === undefined ? '' : `: ${data.note}`;
      finish(book, id, atMs, data.state === 'completed' ? 'ok' : 'skipped', `${said}${note}`);
    }
  },
};

const stepOutcomes: Readonly<Record<string, Outcome>> = {
  succeeded: 'ok',
  reconciled: 'ok',
  failed: 'failed',
  refused: 'refused',
  'timed-out': 'unknown',
  unknown: 'unknown',
};
const amendsOutcomes: Readonly<Record<string, Outcome>> = {
  succeeded: 'ok',
  failed: 'failed',
  'by-hand': 'ok',
  skipped: 'skipped',
};
const saidOfAmends: Readonly<Record<string, { word: string; outcome: Outcome }>> = {
  'by-hand': { word: 'Put right by hand', outcome: 'ok' },
  skipped: { word: 'Left as it is', outcome: 'skipped' },
};

function add(book: Book, atMs: number, entry: Partial<Open> & Pick<Open, 'kind' | 'title'>): Open {
  const full: Open = {
    at: new Date(atMs).toISOString(),
    outcome: 'info',
    step: null,
    attempt: null,
    detail: null,
    durationMs: null,
    ...entry,
  };
  book.entries.push(full);
  return full;
}

function begin(book: Book, id: string, atMs: number, entry: Parameters<typeof add>[2]): void {
  const list = book.open.get(id) ?? [];
  list.push(add(book, atMs, entry));
  book.open.set(id, list);
}

/** Closes what began under this name. An unknown outcome stays open to what is found out about it. */
function finish(book: Book, id: string, atMs: number, outcome: Outcome, detail: string | null): void {
  for (const entry of book.open.get(id) ?? []) {
    entry.outcome = outcome;
    entry.durationMs = Math.max(0, atMs - Date.parse(entry.at));
    if (detail !== null) entry.detail = entry.kind === 'command' ? `${entry.detail}: ${detail}` : detail;
  }
  if (outcome !== 'unknown') book.open.delete(id);
}

const key = (what: string, data: Data): string => `${what} ${data.step} ${data.visit ?? 1} ${data.attempt}`;
const words = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function titleOf(book: Book, data: Data, amends = false): string {
  const id = String(data.step);
  const node = book.definition.nodes[id];
  if (node === undefined) return id;
  return (
    (amends && 'compensation' in node ? node.compensation?.title : null) ??
    ('title' in node ? node.title : id)
  );
}

function activityOf(book: Book, data: Data): string {
  const node = book.definition.nodes[String(data.step)];
  return node?.kind === 'step' ? node.activity.name : '';
}
