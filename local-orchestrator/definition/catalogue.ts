import type { ActivityRef, RetryPolicy, SagaDefinition } from '#contracts/sagas.ts';
import type { JsonSchema } from './json-schema.ts';

/** A step that a definition may use. What is not known of it (`null`) is not compared. */
export interface CatalogueStep {
  readonly activity: ActivityRef;
  /** In words; what the step is called when a saga says nothing else. */
  readonly title: string;
  readonly input: JsonSchema | null;
  readonly output: JsonSchema | null;
  /** What a step gets when its definition says nothing else. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** What a release and a site have for definitions. What is not given is not compared. */
export interface Catalogue {
  readonly steps: readonly CatalogueStep[];
  /** Sagas that can be begun as children; one without a schema takes anything. */
  readonly sagas?: readonly Pick<SagaDefinition, 'name' | 'input'>[];
  readonly models?: readonly string[];
  /** Names of notification channels. */
  readonly channels?: readonly string[];
  /** Sagas that are no children, and what begins them instead. */
  readonly begunOtherwise?: ReadonlyMap<string, string>;
  /** Kinds of what the devices of the site can do, by its id. */
  readonly capabilities?: ReadonlyMap<string, string>;
  readonly people?: CataloguePeople;
}

/** Who can be asked: names of people, and of what they have. */
export interface CataloguePeople {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly skills: readonly string[];
  readonly zones: readonly string[];
}

/** The version that is asked for, or the newest. */
export function stepOf(
  { steps }: Pick<Catalogue, 'steps'>,
  name: string,
  version?: number,
): CatalogueStep | undefined {
  const named = steps.filter(({ activity }) => activity.name === name);
  if (version !== undefined) return named.find(({ activity }) => activity.version === version);
  return named.toSorted((a, b) => b.activity.version - a.activity.version)[0];
}
