import type { Json, ModelNode } from '#contracts/sagas.ts';
import { computed } from './computed.ts';
import type { Draft } from './draft.ts';
import { failLane } from './fail.ts';
import { AMENDS, type Move, WAIT } from './move.ts';
import type { WorkPosition } from './state.ts';
import { MODEL_TASK, openNodeTask } from './tasks.ts';

/** What a model said: the id of an option and its probability. */
interface Answer {
  readonly answer: string;
  readonly score: number;
  readonly model: string;
  readonly version: string;
  /** `{feature, value, effect}`, strongest first. */
  readonly top: readonly Json[];
}

/** A model has answered: sure enough it is followed, less sure a person approves, unsure a person decides. */
export function judgeAnswer(draft: Draft, position: WorkPosition, node: ModelNode, output: Json): Move {
  const said = answerOf(output, node);
  if (said === null) return askPerson(draft, position, node, null, 'it answered in another shape');
  const option = node.options.find(({ id }) => id === said.answer);
  if (option === undefined || said.score < node.actAt) return askPerson(draft, position, node, said, null);
  const { score, model, version } = said;
  draft.enter(position, {
    outcome: 'done',
    output: { decision: option.id, by: 'model', note: null, score, model, version },
  });
  return { to: 'node', node: option.next, lane: position.lane };
}

/** A person decides instead; the answer of the model, if there is one, is kept for the record. */
export function askPerson(
  draft: Draft,
  position: WorkPosition,
  node: ModelNode,
  said: Answer | null,
  problem: string | null,
): Move {
  if (draft.isUnwound(position.lane)) {
    const output = { code: 'CANCELLED', reason: problem ?? 'it is no longer wanted' };
    draft.enter(position, { outcome: 'failed', output });
    return AMENDS;
  }
  if (said !== null) draft.enter(position, { outcome: 'opened', output: { ...said } });
  const isShown = said !== null && said.score >= node.approveAt;
  const suggestion = isShown ? { decision: said.answer, score: said.score, by: said.model } : null;
  const more = opinion(node, said, problem, isShown);
  const asked = computed(() =>
    openNodeTask(draft, position, {
      ...node,
      taskKind: MODEL_TASK,
      decisions: node.options,
      suggestion,
      more,
    }),
  );
  if (!('problem' in asked)) return WAIT;
  const failure = { code: 'SAGA_EXPRESSION', reason: asked.problem };
  draft.enter(position, { outcome: 'failed', output: failure });
  return failLane(draft, position.lane, failure);
}

/** Why a person is asked, and what the model went by. An answer that is not good enough is not named. */
function opinion(node: ModelNode, said: Answer | null, problem: string | null, isShown: boolean) {
  if (said === null) return [{ label: 'Model', value: `${node.model} did not answer: ${problem}` }];
  const label = node.options.find(({ id }) => id === said.answer)?.label ?? said.answer;
  const sure = `${Math.round(said.score * 100)} % sure`;
  return [
    { label: 'Model', value: isShown ? `${said.model}: ${label}, ${sure}` : `${said.model} is only ${sure}` },
    ...(said.top.length === 0 ? [] : [{ label: 'It went by', value: said.top.map(reasonOf).join(', ') }]),
  ];
}

const reasonOf = (reason: Json): string =>
  typeof reason === 'object' && reason !== null && 'feature' in reason && 'value' in reason
    ? `${reason.feature}: ${reason.value}`
    : '';

function answerOf(output: Json, node: ModelNode): Answer | null {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return null;
  const { answer, score, model = node.model, version = '', top = [] } = output as Record<string, Json>;
  const isAnswer =
    typeof answer === 'string' && typeof score === 'number' && node.options.some(({ id }) => id === answer);
  if (!isAnswer || typeof model !== 'string' || typeof version !== 'string') return null;
  return { answer, score, model, version, top: Array.isArray(top) ? top : [] };
}
