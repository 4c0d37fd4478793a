import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import {
  type Activity,
  type ActivityCall,
  type ActivityRunner,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';

export { passUntil } from '../support/pass-until.ts';

import { createPlant } from './plant.ts';
import { sagaConfig, startSite, type TestSite, type TestSiteOptions } from './site.ts';

export type Numbers = { value: number };
export type Behaviour = (call: ActivityCall<Numbers>) => Promise<Numbers> | Numbers;
type NumbersActivity = Activity<Numbers, Numbers>;

export const work = localActivity<Numbers, Numbers>('test.work', 1);
export const undo = localActivity<Numbers, Numbers>('test.undo', 1);
/** Calls a service that a circuit breaker guards. */
export const remote = localActivity<Numbers, Numbers>('test.remote', 1);

export interface NumbersSite extends TestSite {
  /** Each call that was made, in order. */
  readonly calls: { readonly activity: string; readonly key: string; readonly value: number }[];
  /** Sagas that have ended, with how; those that ended before `startNumbers` resolved are not among them. */
  readonly ended: Map<string, string>;
}

export interface NumbersOptions extends TestSiteOptions {
  readonly sagas: readonly SagaDefinition[];
  /** What a call does; without one, or when it returns null, it adds one. */
  readonly behave?: (activity: string, call: ActivityCall<Numbers>) => Promise<Numbers> | Numbers | null;
  readonly more?: readonly ActivityRunner[];
  readonly config?: Partial<TestSiteConfig>;
}
type TestSiteConfig = NonNullable<NonNullable<TestSiteOptions['parts']>['config']>;

/** A site whose activities add one, unless they are told otherwise. */
export async function startNumbers(options: NumbersOptions): Promise<NumbersSite> {
  const { sagas, behave = () => null, more = [], config = {} } = options;
  const calls: NumbersSite['calls'] = [];
  const ended = new Map<string, string>();
  const run = (activity: NumbersActivity, endpoint?: string) =>
    implement(
      activity,
      (call) => {
        calls.push({ activity: activity.ref.name, key: call.key, value: call.input.value });
        return behave(activity.ref.name, call) ?? { value: call.input.value + 1 };
      },
      endpoint === undefined ? {} : { endpoint },
    );
  const site = await startSite({
    plant: createPlant([]),
    ...options,
    parts: {
      sagas,
      activities: [run(work), run(undo), run(remote, 'wms'), ...more],
      config: { ...sagaConfig, ...config },
      ...options.parts,
    },
  });
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  return { ...site, calls, ended };
}

/** Never ends, until it is told to stop. */
export const never = ({ signal }: ActivityCall<Numbers>): Promise<Numbers> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stop'))));

/** A gate that calls wait at until it is opened. */
export function createHold() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** How a saga is, on disk. */
export async function statusOf(store: Store, sagaId: string): Promise<string | undefined> {
  const [row] = await store.query('saga.state', { sagaId });
  return row === undefined ? undefined : String(row.status);
}
