import { Errors } from 'typebox/value';
import { LineCounter, parseDocument } from 'yaml';
import { type Runbook, RunbookHead, runbookActions } from '#contracts/runbooks.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';
import { type Path, pathOf, placeOf, plainValue } from '#contracts/yaml-place.ts';
import { decisionsOf, isDecision } from './decisions.ts';

/** A mistake as a technician reads it; lines and columns begin at 1. */
export interface RunbookMistake {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  readonly cure: string;
}

export type ParsedRunbook =
  | { readonly ok: true; readonly runbook: Runbook }
  | { readonly ok: false; readonly mistakes: readonly RunbookMistake[] };

const STEP_COUNT_MAX = 30;
const STEP_CHARS_MAX = 500;

/**
 * Reads one runbook: a head in YAML between two lines of `---`, then a list, one item for each step.
 *
 * Errors: none; what is wrong comes back by line, with what to write instead.
 */
export function parseRunbook(text: string, cause: DeadLetterCause): ParsedRunbook {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end < 0) {
    return refused([
      mistake(
        1,
        'the head is missing',
        'Begin with a line "---", then title, deadlineMinutes and actions, then "---".',
      ),
    ]);
  }
  const head = parseHead(lines.slice(1, end).join('\n'), cause);
  const body = parseSteps(lines.slice(end + 1), end + 2);
  const mistakes = [...head.mistakes, ...body.mistakes];
  if (mistakes.length > 0) return refused(mistakes);
  return { ok: true, runbook: { ...(head.value as RunbookHead), cause, steps: body.steps } };
}

const refused = (mistakes: readonly RunbookMistake[]): ParsedRunbook => ({ ok: false, mistakes });
const mistake = (line: number, problem: string, cure: string, column = 1): RunbookMistake => ({
  line,
  column,
  problem,
  cure,
});

/** The head begins in the second line of its file. */
const HEAD_LINE = 1;

function parseHead(text: string, cause: DeadLetterCause): { value: unknown; mistakes: RunbookMistake[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    const cure = 'Compare the indentation and the quotes with the line above.';
    const mistakes = document.errors.map((error) => {
      const { line, col } = counter.linePos(error.pos[0]);
      return mistake(line + HEAD_LINE, error.message, cure, col);
    });
    return { value: null, mistakes };
  }
  const plain = plainValue(document, counter);
  if (!('value' in plain)) {
    const { place, problem, cure } = plain;
    return { value: null, mistakes: [mistake(place.line + HEAD_LINE, problem, cure, place.column)] };
  }
  const value = plain.value ?? {};
  const mistakes = [...actionMistakes(value, cause), ...shapeMistakes(value)].map(
    ({ path, problem, cure }) => {
      const { line, column } = placeOf(document, counter, path);
      return mistake(line + HEAD_LINE, problem, cure, column);
    },
  );
  return { value, mistakes };
}

interface HeadMistake {
  readonly path: Path;
  readonly problem: string;
  readonly cure: string;
}

/** Actions are told by name; the schema would only say that none of its alternatives fits. */
function actionMistakes(value: unknown, cause: DeadLetterCause): HeadMistake[] {
  const actions = (value as { actions?: unknown }).actions;
  if (!Array.isArray(actions)) return [];
  return actions.flatMap((action: unknown, index): HeadMistake[] => {
    const path = ['actions', index];
    if (isCall(action)) return [];
    if (!runbookActions.some((known) => known === action)) {
      const problem = `there is no action ${JSON.stringify(action)}`;
      return [{ path, problem, cure: `Write one of: ${runbookActions.join(', ')}, or call: <channel>.` }];
    }
    const answers = decisionsOf(cause);
    const name = String(action);
    if (!isDecision(name) || answers.includes(name)) return [];
    const problem = `a task about ${cause} has no button "${name}"`;
    return [{ path, problem, cure: `Its buttons are: ${answers.join(', ')}.` }];
  });
}

const isCall = (action: unknown): action is { call: string } =>
  typeof action === 'object' &&
  action !== null &&
  Object.keys(action).join() === 'call' &&
  typeof (action as { call: unknown }).call === 'string';

function shapeMistakes(value: unknown): HeadMistake[] {
  return Errors(RunbookHead, value).flatMap((error): HeadMistake[] => {
    const path = pathOf(error.instancePath);
    // Elements of the list have been looked at by name.
    if (path[0] === 'actions' && path.length > 1) return [];
    const params = error.params as Record<string, unknown>;
    switch (error.keyword) {
      case 'boolean':
        return [];
      case 'required':
        return (params.requiredProperties as string[]).map((name) => ({
          path,
          problem: `"${name}" is missing`,
          cure: `Add "${name}:"${name === 'actions' ? ' and a list of what can be pressed' : ''}.`,
        }));
      case 'additionalProperties':
        return (params.additionalProperties as string[]).map((name) => ({
          path: [...path, name],
          problem: `there is no entry "${name}" here`,
          cure: 'Known here: title, deadlineMinutes, actions.',
        }));
      default: {
        const name = String(path[0] ?? 'head');
        return [{ path, problem: `${name} ${error.message}`, cure: cures[name] ?? 'See docs/runbooks.md.' }];
      }
    }
  });
}

const cures: Readonly<Record<string, string>> = {
  title: 'Write a title of 1 to 80 characters.',
  deadlineMinutes: 'Write whole minutes, from 1 to 10080 (a week).',
  actions: 'Write a list of 1 to 12 actions.',
};

/** Items of one list, each with the lines that are indented below it. */
function parseSteps(
  lines: readonly string[],
  firstLine: number,
): { steps: string[]; mistakes: RunbookMistake[] } {
  const steps: string[] = [];
  const mistakes: RunbookMistake[] = [];
  lines.forEach((line, index) => {
    const item = /^(?:\d+[.)]|[-*])\s+(\S.*)$/.exec(line);
    if (item !== null) steps.push(String(item[1]).trim());
    else if (/^\s+\S/.test(line) && steps.length > 0) steps.push(`${steps.pop()} ${line.trim()}`);
    else if (line.trim() !== '') {
      const problem = `"${line.trim().slice(0, 40)}" is no step`;
      mistakes.push(mistake(firstLine + index, problem, 'Begin each step with "1. " in the first column.'));
    }
  });
  const last = firstLine + Math.max(0, lines.length - 1);
  if (steps.length === 0 && mistakes.length === 0) {
    mistakes.push(mistake(last, 'it has no steps', 'Write what a person does, as a list: "1. Look at …".'));
  }
  if (steps.length > STEP_COUNT_MAX) {
    mistakes.push(mistake(last, `it has ${steps.length} steps`, `Write at most ${STEP_COUNT_MAX}.`));
  }
  if (steps.some((step) => step.length > STEP_CHARS_MAX)) {
    mistakes.push(
      mistake(firstLine, 'a step is too long', `Write at most ${STEP_CHARS_MAX} characters in each.`),
    );
  }
  return { steps, mistakes };
}
