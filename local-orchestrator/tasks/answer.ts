import { ApplianceError } from '#contracts/errors.ts';
import type { Json } from '#contracts/sagas.ts';
import { schemaProblems } from '../definition/json-schema.ts';
import type { TaskSheet } from './task-sheet.ts';

/** What a person says to a task. */
export interface Answer {
  readonly decision: string;
  readonly note?: string | undefined;
  /** What was filled into its form. */
  readonly form?: Json | undefined;
}

/**
 * A form is asked for with the primary buttons; other ways out, such as "cannot be done", may leave it empty. What is
 * filled in is checked with any of them.
 *
 * Errors: SAGA_TASK_DECISION, TASK_FORM.
 */
export function refuseAnswer(sheet: TaskSheet, { decision, note, form }: Answer): void {
  const { taskId } = sheet;
  const chosen = sheet.decisions.find((one) => one.id === decision);
  const decisions = sheet.decisions.map((one) => one.id).join(', ');
  const refuse = (problem: string) =>
    new ApplianceError('SAGA_TASK_DECISION', { taskId, decision, problem, decisions });
  if (chosen === undefined) throw refuse('there is no such button');
  if (chosen.needsNote && (note ?? '').trim() === '') throw refuse('it needs a note that says why');
  refuseForm(sheet, chosen.tone === 'primary', form);
}

function refuseForm({ taskId, people }: TaskSheet, isAsked: boolean, form: Json | undefined): void {
  const schema = people.form;
  const refuse = (pointer: string, problem: string) =>
    new ApplianceError('TASK_FORM', { taskId, field: `form${pointer.replaceAll('/', '.')}`, problem });
  if (form === undefined) {
    if (schema !== undefined && isAsked) throw refuse('', 'it has to be filled in');
    return;
  }
  if (schema === undefined) throw refuse('', 'the task has no form');
  const [first] = schemaProblems(schema, form);
  if (first !== undefined) throw refuse(first.pointer, first.problem);
}
