import type { Static, TSchema } from 'typebox';
import type { ActivityRef } from '#contracts/sagas.ts';
import type { Activity } from '../activities/activity.ts';
import type { CatalogueStep } from '../definition/catalogue.ts';
import { schemaData } from '../definition/people-options.ts';
import { DEFAULT_TIMEOUT_MS, defaultRetry } from '../definition/policies.ts';

/** Whether whatever fits the schema is of the type; a description that says otherwise does not compile. */
type Fits<F extends TSchema, T> = [Static<F>] extends [T] ? [] : [mistake: 'the schema is not of the type'];

/** An activity of this program as an entry of the catalogue, with schemas for what its types say. */
export const describeStep = <I, O, In extends TSchema, Out extends TSchema>(
  activity: Activity<I, O>,
  title: string,
  input: In,
  output: Out,
  ..._mistakes: [...Fits<In, I>, ...Fits<Out, O>]
): CatalogueStep => stepOfRef(activity.ref, title, input, output);

/** An activity of which nothing but its name is known: one that a site brings. */
export const stepOfRef = (
  activity: ActivityRef,
  title: string,
  input: TSchema | null = null,
  output: TSchema | null = null,
): CatalogueStep => ({
  activity,
  title,
  input: input === null ? null : schemaData(input),
  output: output === null ? null : schemaData(output),
  timeoutMs: DEFAULT_TIMEOUT_MS,
  retry: defaultRetry,
});
