import type { DecisionButton, Json, SagaNode, TaskNode, TaskPeople } from '#contracts/sagas.ts';
import type { NewTask } from './decision.ts';
import type { Draft } from './draft.ts';
import { openedEntry } from './lookup.ts';
import type { At } from './move.ts';
import { words } from './words.ts';

/** Kind of the task when a model is not followed by itself. */
export const MODEL_TASK = 'model-decision';

/** Kind of the task that a node asks people with; null for a node that has only been parked. */
export const taskKindOf = (node: SagaNode): string | null =>
  node.kind === 'task' ? node.taskKind : node.kind === 'model' ? MODEL_TASK : null;

type Line = NewTask['context'][number];

/** Asks people, and waits. What they see is computed once: it is what the record says they saw. */
export function openNodeTask(
  draft: Draft,
  { node: id, visit, lane }: At,
  node: Pick<TaskNode, 'title' | 'taskKind' | 'text' | 'context' | 'dueMs' | 'people'> & {
    readonly decisions: readonly (DecisionButton & { readonly next: string })[];
    readonly suggestion: NewTask['suggestion'];
    readonly more: readonly Line[];
  },
): void {
  const text = (expression: Json, place: string) =>
    words(draft.evaluate(expression, `${id}, ${place}`, lane));
  const untilMs = node.dueMs === null ? null : draft.nowMs + node.dueMs;
  const people = peopleOf(draft, id, lane, node.people ?? {});
  const taskId = draft.openTask({
    node: id,
    kind: node.taskKind,
    title: node.title,
    text: text(node.text, 'text'),
    context: [
      ...node.context.map(({ label, value }) => ({ label, value: text(value, label) })),
      ...node.more,
    ],
    decisions: node.decisions.map(({ next: _next, ...button }) => button),
    dueMs: untilMs,
    people,
    suggestion: node.suggestion ?? proposed(people.suggestion),
  });
  draft.add({ at: 'task', node: id, visit, lane, taskId, untilMs });
}

/** Only what is an expression is computed: a form is a JSON Schema and has a `$ref` of its own. */
function peopleOf(draft: Draft, id: string, lane: string, people: TaskPeople): TaskPeople {
  const computed: TaskPeople = { ...people };
  for (const name of ['zone', 'image', 'suggestion'] as const) {
    const expression = people[name];
    if (expression !== undefined) computed[name] = draft.evaluate(expression, `${id}, ${name}`, lane);
  }
  return computed;
}

/** What the definition suggests, when it has the shape of a model's decision: `{decision, score, model?}`. */
function proposed(suggestion: Json | undefined): NewTask['suggestion'] {
  if (typeof suggestion !== 'object' || suggestion === null || Array.isArray(suggestion)) return null;
  const { decision, score, model = 'model' } = suggestion as Record<string, Json>;
  if (typeof decision !== 'string' || typeof score !== 'number' || typeof model !== 'string') return null;
  return { decision, score, by: model };
}

/** What a person said, as the output of the node; after a model with what that had said. */
export function personsOutput(
  draft: Draft,
  at: At,
  said: {
    readonly decision: string;
    readonly by: string;
    readonly note: string | null;
    readonly form?: Json;
  },
): Json {
  const { decision, by, note, form } = said;
  const output = { decision, by, note, ...(form === undefined ? {} : { form }) };
  if (draft.node(at.node).kind !== 'model') return output;
  const {
    score = null,
    model = null,
    version = null,
  } = (openedEntry(draft, at)?.output ?? {}) as Record<string, Json>;
  return { ...output, score, model, version };
}
