import type { ModelConfig } from '#contracts/models.ts';
import type { OrchestratorParts } from '../../../local-orchestrator/index.ts';
import { chanceOf } from '../../../local-orchestrator/test-kit/index.ts';
import type { Named } from './activities.ts';

export const SIM_MODEL = 'sim-model';

type Models = NonNullable<OrchestratorParts['models']>;

/** A model behind HTTP: sure, less sure or unsure of what it says, and at times of no use. */
export interface ModelService {
  readonly parts: Models;
  /** Whether it ever said that about a question of this name. */
  hasSaid(name: string, answer: string, score: number): boolean;
}

export function createModelService(seed: number, happened: (what: string) => void): ModelService {
  const said = new Set<string>();
  let questions = 0;

  const answerTo = async (name: string, signal: AbortSignal | undefined): Promise<Response> => {
    questions += 1;
    const random = chanceOf(seed, `model ${questions} ${name}`);
    const chance = random();
    if (chance < 0.1) {
      happened('model of no use');
      return new Response('out of order', { status: 503 });
    }
    if (chance < 0.2) {
      happened('model silent');
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    const [answer, score] = [random() < 0.5 ? 'yes' : 'no', random()];
    said.add(`${name} ${answer} ${score}`);
    return Response.json({ answer, score, version: '1' });
  };

  return {
    parts: {
      configs: [config],
      tokens: new Map(),
      fetch(_url, init) {
        const { input } = JSON.parse(String(init?.body)) as { input: Named };
        return answerTo(input.name, init?.signal ?? undefined);
      },
    },
    hasSaid: (name, answer, score) => said.has(`${name} ${answer} ${score}`),
  };
}

/** Trusted whatever it does: how trust is lost is tested where models are. */
const config: ModelConfig = {
  name: SIM_MODEL,
  kind: 'http',
  url: 'http://model.invalid/',
  guard: { windowCount: 5_000, accuracyMin: 0, psiMax: 1_000, failuresMax: 1_000_000 },
};
