import type { ModelAnswer } from '#contracts/models.ts';
import type { Json } from '#contracts/sagas.ts';

/** Where answers come from: a service, or the model in the house. */
export interface ModelSource {
  readonly name: string;
  /**
   * Throws ActivityFailure: MODEL_UNREACHABLE (retryable), MODEL_ANSWER when what came makes no sense,
   * MODEL_UNTRAINED.
   */
  infer(question: {
    readonly input: Json;
    readonly options: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<Omit<ModelAnswer, 'model'>>;
}
