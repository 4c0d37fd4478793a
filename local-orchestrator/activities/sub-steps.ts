import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store } from '#contracts/store.ts';

/** One named sub-step of a `code` activity, as it is recorded. */
export interface SubStep {
  /** Its place in the order of calls, from 0. */
  readonly number: number;
  readonly name: string;
  /**
   * `begun`: only written for what must not be done twice. `doubted`: a person was asked whether it happened.
   * `failed`: counts for its own attempt; the next one tries again.
   */
  readonly state: 'begun' | 'doubted' | 'done' | 'failed';
  readonly attempt: number;
  /** Of one that failed: its code, reason and whether trying again may help. */
  readonly output: Json;
}

/** The sub-steps recorded for one piece of work. */
export interface SubSteps {
  read(): Promise<readonly SubStep[]>;
  /** On disk when it resolves. */
  write(step: SubStep): Promise<void>;
}

/** Sub-steps of one piece of work; more belong into steps of their own. */
export const SUB_STEPS_MAX = 1_000;

/** `work` is the key of the piece of work, the same for all of its attempts. */
export function subStepsOf(store: Store, sagaId: string, work: string): SubSteps {
  return {
    async read() {
      const rows = await store.query('work.steps', { sagaId, work, countMax: SUB_STEPS_MAX });
      return rows.map(subStepOf);
    },
    async write({ output, ...step }) {
      const params = { sagaId, work, ...step, output: JSON.stringify(output) };
      // What has happened must get onto a full disk too.
      await store.commit([{ op: 'run', statement: 'work.step', params }], { reserve: true });
    },
  };
}

const subStepOf = (row: SqlRow): SubStep => ({
  number: Number(row.number),
  name: String(row.name),
  state: row.state as SubStep['state'],
  attempt: Number(row.attempt),
  output: JSON.parse(String(row.output)) as Json,
});
