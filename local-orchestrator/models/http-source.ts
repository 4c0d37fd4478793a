import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type HttpModel, ModelReason } from '#contracts/models.ts';
import { ActivityFailure } from '../activities/activity.ts';
import { type Fetch, postJson } from './http-exchange.ts';
import type { ModelSource } from './model-source.ts';

const HttpAnswer = Type.Object({
  answer: Type.String(),
  score: Type.Number({ minimum: 0, maximum: 1 }),
  version: Type.String({ maxLength: 64 }),
  top: Type.Optional(Type.Array(ModelReason, { maxItems: 32 })),
});

/** A model behind the plain shape: `{model, input, options}` in, `{answer, score, version, top?}` out. */
export const httpSource = (config: HttpModel, token: string | undefined, fetcher: Fetch): ModelSource => ({
  name: config.name,
  async infer({ input, options, signal }) {
    const body = { model: config.name, input, options };
    const said: unknown = await postJson(fetcher, config.url, body, { token, signal });
    if (!Value.Check(HttpAnswer, said)) {
      const [error] = Value.Errors(HttpAnswer, said);
      const where = error?.instancePath || '/';
      throw new ActivityFailure(
        'MODEL_ANSWER',
        `${config.url}: ${where} ${error?.message ?? 'is wrong'}`,
        false,
      );
    }
    const { answer, score, version, top = [] } = said;
    return { answer, score, version, top };
  },
});
