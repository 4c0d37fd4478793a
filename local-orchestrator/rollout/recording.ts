import type { Json } from '#contracts/sagas.ts';
import type { Intent } from '../decide/decision.ts';
import type { SagaEvent } from '../decide/events.ts';
import { commandId } from '../decide/names.ts';
import type { SagaState } from '../decide/state.ts';
import type { Passed } from '../history/replay.ts';

/** Something that a saga wanted done in the world, and what it heard of it. */
export interface Act {
  /** What is done, whoever does it: an activity or a child saga, or amends by one. */
  readonly what: string;
  readonly node: string;
  readonly title: string;
  readonly input: Json;
  readonly atMs: number;
  /** null: nothing was ever heard of it. */
  answer: Answer | null;
}

/** An event without the names of whom it was for, and how long it took to come. */
export interface Answer {
  readonly afterMs: number;
  readonly event: SagaEvent;
}

export interface Question {
  readonly node: string;
  readonly kind: string;
  answer: Answer | null;
}

/** What a saga really did and heard: everything that a shadow of it may be answered with. */
export interface Recording {
  readonly begin: SagaState;
  readonly acts: readonly Act[];
  /** Answers of devices that were asked what became of something, by what was asked about. */
  readonly enquiries: ReadonlyMap<string, readonly Answer[]>;
  readonly questions: readonly Question[];
  readonly signals: readonly {
    readonly atMs: number;
    readonly event: Extract<SagaEvent, { type: 'signal' }>;
  }[];
  readonly cancels: readonly { readonly atMs: number; readonly event: SagaEvent }[];
  readonly end: SagaState;
}

/** Acts of one saga that a shadow is compared with; one that did more is not shadowed. */
export const ACTS_MAX = 5_000;

/** Collects what happened from transitions that are decided again, one after the other. */
export class Recorder {
  readonly #acts = new Map<string, Act>();
  readonly #asked = new Map<string, { what: string; atMs: number }>();
  readonly #enquiries = new Map<string, Answer[]>();
  readonly #questions = new Map<string, Question & { readonly atMs: number }>();
  readonly #signals: Recording['signals'][number][] = [];
  readonly #cancels: Recording['cancels'][number][] = [];

  get isTooLong(): boolean {
    return this.#acts.size > ACTS_MAX;
  }

  pass({ recorded: { event, decidedMs: atMs }, before, decision }: Passed): void {
    // What could not be decided has happened all the same.
    this.#hear(event.type === 'faulted' ? event.event : event, atMs, before);
    for (const intent of decision.intents) this.#note(intent, atMs, before);
    for (const record of decision.records) {
      if (record.record !== 'task-opened') continue;
      const { taskId, node, kind } = record.task;
      this.#questions.set(taskId, { node, kind, atMs, answer: null });
    }
  }

  finish(begin: SagaState, end: SagaState): Recording {
    return {
      begin,
      end,
      acts: [...this.#acts.values()],
      enquiries: this.#enquiries,
      questions: [...this.#questions.values()],
      signals: this.#signals,
      cancels: this.#cancels,
    };
  }

  #note(intent: Intent, atMs: number, { sagaId }: SagaState): void {
    if (intent.do === 'ask') {
      const key = `${commandId(sagaId, intent.work)}?${intent.query}`;
      this.#asked.set(key, { what: whatOf(intent), atMs });
      return;
    }
    if (intent.do !== 'run' && intent.do !== 'start-child') return;
    const id = intent.do === 'run' ? commandId(sagaId, intent.work) : intent.childId;
    // After a crash the same attempt may have been handed out again.
    if (!this.#acts.has(id)) this.#acts.set(id, actOf(intent, atMs));
  }

  #hear(event: SagaEvent, atMs: number, { sagaId }: SagaState): void {
    switch (event.type) {
      case 'result':
      case 'silent':
        this.#answer(commandId(sagaId, event.work), event, atMs);
        break;
      case 'child-ended':
        this.#answer(event.childId, event, atMs);
        break;
      case 'answered':
        this.#enquired(sagaId, event, atMs);
        break;
      case 'task-decided': {
        const question = this.#questions.get(event.taskId);
        if (question !== undefined) question.answer ??= { afterMs: atMs - question.atMs, event };
        return;
      }
      case 'signal':
        this.#signals.push({ atMs, event });
        return;
      case 'cancel':
        this.#cancels.push({ atMs, event });
        return;
      default:
    }
  }

  #answer(id: string, event: SagaEvent, atMs: number): void {
    const act = this.#acts.get(id);
    if (act !== undefined) act.answer ??= { afterMs: atMs - act.atMs, event };
  }

  /** What a device told later about an attempt that was never heard of is what the attempt came to. */
  #enquired(sagaId: string, event: Extract<SagaEvent, { type: 'answered' }>, atMs: number): void {
    const { work, query, answer } = event;
    const asked = this.#asked.get(`${commandId(sagaId, work)}?${query}`);
    if (asked !== undefined) {
      const list = this.#enquiries.get(asked.what) ?? [];
      list.push({ afterMs: atMs - asked.atMs, event });
      this.#enquiries.set(asked.what, list);
    }
    if (answer.outcome !== 'done') return;
    const result = { outcome: 'succeeded', output: answer.output } as const;
    this.#answer(commandId(sagaId, work), { type: 'result', work, result }, atMs);
  }
}

type Doing = Extract<Intent, { do: 'run' | 'ask' | 'start-child' }>;

export function whatOf(intent: Doing): string {
  if (intent.do === 'start-child') return `child ${intent.saga}`;
  const amends = intent.work.role === 'compensation' ? 'amends by ' : '';
  return `${amends}${intent.activity.name}@${intent.activity.version}`;
}

export function actOf(intent: Exclude<Doing, { do: 'ask' }>, atMs: number): Act {
  const node = nodeOf(intent);
  const title = intent.do === 'run' ? intent.title : intent.saga;
  return { what: whatOf(intent), node, title, input: intent.input, atMs, answer: null };
}

/** A child is named after its node: `<saga>/<node>.<visit>`. */
function nodeOf(intent: Exclude<Doing, { do: 'ask' }>): string {
  if (intent.do === 'run') return intent.work.node;
  const name = intent.childId.slice(intent.childId.lastIndexOf('/') + 1);
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}
