import type { Random } from '#contracts/clock.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { decide } from '../../local-orchestrator/decide/decide.ts';
import type { Decision, Intent } from '../../local-orchestrator/decide/decision.ts';
import type { RecordedEvent, WorkResult } from '../../local-orchestrator/decide/events.ts';
import { initialState, type SagaState } from '../../local-orchestrator/decide/state.ts';
import type { WorkRef } from '../../local-orchestrator/decide/work-ref.ts';
import { type Activity, localActivity } from '../../local-orchestrator/index.ts';

export type Numbers = { value: number };
export const act = (name: string, effect: Activity['ref']['effect'] = 'idempotent') =>
  localActivity<Numbers, Numbers>(name, 1, effect);

export type RunIntent = Extract<Intent, { do: 'run' }>;
export const half: Random = () => 0.5;

/** A saga decided by hand: every step of it in a test is one call. */
export class Played {
  readonly definition: SagaDefinition;
  state: SagaState;
  nowMs = 1_000;
  last: Decision;
  readonly intents: Intent[] = [];
  readonly told: [string, Record<string, unknown>][] = [];

  constructor(definition: SagaDefinition, input: Json = { value: 0 }) {
    this.definition = definition;
    this.state = initialState({ sagaId: 's', hash: 'h', correlationId: 'c', input, startedMs: this.nowMs });
    this.last = this.give({ type: 'started' });
  }

  give(event: RecordedEvent): Decision {
    const decision = decide(this.definition, this.state, event, this.nowMs, half);
    this.state = decision.state;
    this.last = decision;
    this.intents.push(...decision.intents);
    for (const { event: type, data } of decision.events) {
      this.told.push([type.type.split('.')[2] ?? '', data as Record<string, unknown>]);
    }
    return decision;
  }

  /** The attempt under way. */
  get running(): RunIntent {
    const run = this.intents.findLast((intent): intent is RunIntent => intent.do === 'run');
    if (run === undefined) throw new Error('nothing has been run');
    return run;
  }

  /** Attempts that run, by activity; of several the oldest. */
  at(name: string): RunIntent {
    const run = this.intents.find(
      (intent): intent is RunIntent =>
        intent.do === 'run' && intent.activity.name === name && this.runs(intent.work),
    );
    if (run === undefined) throw new Error(`${name} does not run, but ${this.underWay.join(', ')}`);
    return run;
  }
  private runs(work: WorkRef): boolean {
    return this.state.positions.some(
      (one) => one.at === 'work' && one.phase.is === 'running' && nameOf(one) === nameOf(work),
    );
  }
  /** Activities that run, in the order in which they were begun. */
  get underWay(): string[] {
    const runs = this.intents.filter((intent): intent is RunIntent => intent.do === 'run');
    return runs.filter(({ work }) => this.runs(work)).map(({ activity }) => activity.name);
  }

  result(result: WorkResult, run: RunIntent = this.running): Decision {
    return this.give({ type: 'result', work: run.work, result });
  }
  ok(output: Json = { value: 1 }, run?: RunIntent): Decision {
    return this.result({ outcome: 'succeeded', output }, run);
  }
  fail(code = 'BROKEN', retryable = false, run?: RunIntent): Decision {
    return this.result({ outcome: 'failed', code, reason: `it said ${code}`, retryable }, run);
  }
  /** The activities of these names come to a good end, in this order. */
  done(...names: readonly string[]): void {
    for (const name of names) this.ok({ value: 1 }, this.at(name));
  }
  /** Lets time pass to the next thing that is due. */
  wake(afterMs: number): Decision {
    this.nowMs += afterMs;
    return this.give({ type: 'woken' });
  }
  decideTask(decision: string, note: string | null = null, by = 'ann'): Decision {
    return this.give({ type: 'task-decided', taskId: this.taskId, decision, by, note });
  }
  get taskId(): string {
    for (const position of this.state.positions) {
      if (position.at === 'task') return position.taskId;
      if (position.at === 'work' && position.phase.is === 'held') return position.phase.taskId;
    }
    throw new Error('no task is open');
  }
  /** Activities run so far, in order. */
  get acts(): string[] {
    return this.intents.flatMap((intent) => (intent.do === 'run' ? [intent.activity.name] : []));
  }
}

const nameOf = ({ node, visit, role, attempt }: WorkRef) => `${node}.${visit}.${role}.${attempt}`;

/** A step called like its activity, with amends called `undo-…`. */
export const simple = (name: string) => ({
  title: name,
  input: () => ({ value: 0 }),
  undo: { activity: act(`undo-${name}`), title: `Undo ${name}`, input: () => ({ value: 0 }) },
});
