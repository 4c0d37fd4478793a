import type { Divergence, ShadowReport } from '#contracts/rollout.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { sequenceOf } from '../decide/backoff.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, Intent, NewTask } from '../decide/decision.ts';
import type { SagaEvent } from '../decide/events.ts';
import { hasEnded, type SagaState, wakeAtMs } from '../decide/state.ts';
import { canonicalJson } from '../definition/hash.ts';
import { type Act, type Answer, actOf, type Recording, whatOf } from './recording.ts';

/** Transitions of one shadow; a definition that goes round for ever ends here. */
const TRANSITIONS_MAX = 20_000;
/** Transitions between two breaths: some milliseconds. */
const STRIDE_COUNT = 100;
const DIVERGENCES_MAX = 20;
const WORDS_MAX = 160;
/** Chance of a shadow: it decides pauses only, and those are not compared. */
const SEED = 0.5;

export type Shadowed = Pick<ShadowReport, 'verdict' | 'first' | 'divergences' | 'realEnd' | 'shadowEnd'>;

/**
 * What a version would have made of a saga that really ran. Pure: it is given what was recorded, answers come
 * when they came then, and nothing it intends leaves this function. Where it wants something that was never
 * answered, nobody knows how it would have gone on, and it ends there.
 */
export function* playShadow(
  definition: SagaDefinition,
  hash: string,
  real: Recording,
): Generator<void, Shadowed> {
  const play = new Play(definition, { ...real.begin, hash }, real);
  yield* play.run();
  return play.finish();
}

interface Due {
  readonly atMs: number;
  readonly event: SagaEvent;
}

class Play {
  readonly #definition: SagaDefinition;
  readonly #real: Recording;
  readonly #left: Act[];
  readonly #enquiries: Map<string, Answer[]>;
  readonly #questions: Recording['questions'][number][];
  readonly #signals: Recording['signals'][number][];
  readonly #found: (Divergence & { readonly atMs: number })[] = [];
  #state: SagaState;
  #nowMs: number;
  #due: Due[] = [];
  /** Place, among what really was done, of the latest act that the shadow did too. */
  #reached = -1;
  #stuck = false;
  /** A deadline of which nothing came; it is not looked at again. */
  #deafMs: number | null = null;

  constructor(definition: SagaDefinition, begin: SagaState, real: Recording) {
    this.#definition = definition;
    this.#real = real;
    this.#state = begin;
    this.#nowMs = begin.startedMs;
    this.#left = [...real.acts];
    this.#enquiries = new Map([...real.enquiries].map(([what, answers]) => [what, [...answers]]));
    this.#questions = [...real.questions];
    this.#signals = [...real.signals];
    for (const { atMs, event } of real.cancels) this.#at(atMs, event);
  }

  /** Yields now and then, so that whoever runs it can let others have their turn. */
  *run(): Generator<void, void> {
    this.#give({ type: 'started' });
    for (let count = 1; count < TRANSITIONS_MAX && !this.#stuck && !hasEnded(this.#state); count += 1) {
      const next = this.#next();
      if (next === null) {
        this.#waitsInVain();
        return;
      }
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const before = this.#state;
      this.#give(next.event);
      if (next.event.type === 'woken' && this.#state === before) this.#deafMs = next.atMs;
      if (count % STRIDE_COUNT === 0) yield;
    }
  }

  finish(): Shadowed {
    const { end } = this.#real;
    if (!this.#stuck) {
      for (const act of this.#left) {
        this.#differ('left-out', act.node, `${nameOf(act)} is not done`, act.atMs);
      }
    }
    const ended = hasEnded(this.#state);
    if (ended && describeEnd(this.#state) !== describeEnd(end)) {
      const words = `it ends ${describeEnd(this.#state)} instead of ${describeEnd(end)}`;
      this.#differ('end', this.#definition.start, words);
    }
    const divergences = this.#found
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ kind, node, words }) => ({ kind, node, words }));
    return {
      verdict: divergences.length === 0 ? 'same' : 'different',
      first: divergences[0] ?? null,
      divergences: divergences.slice(0, DIVERGENCES_MAX),
      realEnd: end.status,
      shadowEnd: ended ? this.#state.status : null,
    };
  }

  #give(event: SagaEvent): void {
    const decision = decide(this.#definition, this.#state, event, this.#nowMs, sequenceOf(SEED));
    this.#state = decision.state;
    for (const intent of decision.intents) this.#intend(intent);
    for (const record of decision.records) if (record.record === 'task-opened') this.#ask(record.task);
    this.#dropTaken(decision);
  }

  /** The earliest of what is to come; a deadline that falls together with an answer comes after it. */
  #next(): Due | null {
    const index = this.#due.reduce(
      (best, one, i) => (best < 0 || one.atMs < (this.#due[best]?.atMs ?? 0) ? i : best),
      -1,
    );
    const due = this.#due[index];
    const wakeMs = wakeAtMs(this.#state);
    if (wakeMs !== null && wakeMs !== this.#deafMs && (due === undefined || wakeMs < due.atMs))
      return { atMs: wakeMs, event: { type: 'woken' } };
    if (due === undefined) return null;
    this.#due.splice(index, 1);
    return due;
  }

  #at(atMs: number, event: SagaEvent): void {
    this.#due.push({ atMs, event });
  }

  #intend(intent: Intent): void {
    switch (intent.do) {
      case 'run':
      case 'start-child':
        this.#act(intent);
        break;
      case 'ask': {
        const answer = this.#enquiries.get(whatOf(intent))?.shift();
        const { work, query } = intent;
        const told = answer?.event.type === 'answered' ? answer.event.answer : null;
        const unheard = { outcome: 'unknown', reason: 'nobody asked then' } as const;
        this.#at(this.#nowMs + (answer?.afterMs ?? 0), {
          type: 'answered',
          work,
          query,
          answer: told ?? unheard,
        });
        break;
      }
      case 'queue':
        this.#at(this.#nowMs, { type: 'granted', work: intent.work });
        break;
      case 'seek-signal':
        this.#seek(intent.name);
        break;
      default:
    }
  }

  #act(intent: Extract<Intent, { do: 'run' | 'start-child' }>): void {
    const act = actOf(intent, this.#nowMs);
    const input = canonicalJson(act.input);
    const match = this.#matchOf(act, input);
    if (match === undefined) {
      this.#differ('added', act.node, `${nameOf(act)} with ${cut(input)}`);
      this.#differ('no-outcome', act.node, `nothing is recorded that would answer ${nameOf(act)}`);
      this.#stuck = true;
      return;
    }
    this.#left.splice(this.#left.indexOf(match), 1);
    const really = canonicalJson(match.input);
    if (really !== input) {
      this.#differ('input', act.node, `${nameOf(act)} with ${cut(input)} instead of ${cut(really)}`);
    }
    const place = this.#real.acts.indexOf(match);
    if (place < this.#reached) this.#differ('order', act.node, `${nameOf(act)} is done later than it was`);
    this.#reached = Math.max(this.#reached, place);
    if (match.answer !== null)
      this.#at(this.#nowMs + match.answer.afterMs, addressed(match.answer.event, intent));
  }

  /** The same act, or that of the same step, or that of a step which this version no longer has. */
  #matchOf(act: Act, input: string): Act | undefined {
    const alike = this.#left.filter((one) => one.what === act.what);
    const same = alike.filter((one) => canonicalJson(one.input) === input);
    return (
      same.find(({ node }) => node === act.node) ??
      same[0] ??
      alike.find(({ node }) => node === act.node) ??
      alike.find(({ node }) => !Object.hasOwn(this.#definition.nodes, node))
    );
  }

  /** A person answers as one did then. */
  #ask({ taskId, node, kind, decisions }: NewTask): void {
    const same = (one: Recording['questions'][number]) => one.node === node && one.kind === kind;
    const question = this.#questions.find(same) ?? this.#questions.find((one) => one.kind === kind);
    if (question === undefined) {
      this.#differ('added', node, `a person is asked (${kind})`);
      return;
    }
    this.#questions.splice(this.#questions.indexOf(question), 1);
    const { answer } = question;
    if (answer?.event.type !== 'task-decided') return;
    const { decision } = answer.event;
    if (!decisions.some(({ id }) => id === decision)) {
      this.#differ('no-outcome', node, `a person decided "${decision}", which is not offered`);
      return;
    }
    this.#at(this.#nowMs + answer.afterMs, { ...answer.event, taskId });
  }

  #seek(name: string): void {
    const signal = this.#signals.find(({ event }) => event.name === name);
    if (signal !== undefined) this.#at(Math.max(this.#nowMs, signal.atMs), signal.event);
  }

  #dropTaken({ records }: Decision): void {
    for (const record of records) {
      if (record.record !== 'signal-taken') continue;
      const index = this.#signals.findIndex(({ event }) => event.signalId === record.signalId);
      if (index >= 0) this.#signals.splice(index, 1);
    }
  }

  #waitsInVain(): void {
    this.#stuck = true;
    for (const { node } of this.#state.positions) {
      this.#differ('no-outcome', node, 'it waits for something that did not come then');
    }
  }

  #differ(kind: Divergence['kind'], node: string, words: string, atMs = this.#nowMs): void {
    this.#found.push({ kind, node, words, atMs });
  }
}

/** What was heard of the real act, as if it had been about the shadow's. */
function addressed(event: SagaEvent, intent: Extract<Intent, { do: 'run' | 'start-child' }>): SagaEvent {
  if (intent.do === 'start-child') {
    return event.type === 'child-ended' ? { ...event, childId: intent.childId } : event;
  }
  return event.type === 'result' || event.type === 'silent' ? { ...event, work: intent.work } : event;
}

const cut = (text: string): string => (text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX)}…` : text);
const nameOf = ({ title, what }: Act): string => `"${title}" (${what})`;
const describeEnd = ({ status, result }: SagaState): string =>
  `${status} with ${cut(canonicalJson((result?.output ?? null) as Json))}`;
