import type { ActivityRef, Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { suggest } from '#contracts/suggest.ts';
import { type Catalogue, stepOf } from './catalogue.ts';
import { reportChildInput } from './check-children.ts';
import { reportPeople } from './check-people.ts';
import type { Finding, Report } from './finding.ts';
import { inputProblems } from './input-problems.ts';
import { reportName } from './report-name.ts';

/** What a definition wants that the release or the site does not have, or has otherwise. */
export function catalogueFindings(definition: SagaDefinition, catalogue: Catalogue): readonly Finding[] {
  const found: Finding[] = [];
  for (const [id, node] of Object.entries(definition.nodes)) {
    const report: Report = (path, problem, cure) =>
      found.push({ path: ['nodes', id, ...path], problem, cure });
    reportNode(node, definition.name, catalogue, report);
  }
  return found;
}

function reportNode(node: SagaNode, saga: string, catalogue: Catalogue, report: Report): void {
  if (node.kind === 'step') reportActivity(node.activity, node.input, [], catalogue, report);
  if ((node.kind === 'step' || node.kind === 'child') && node.compensation !== undefined) {
    const { activity, input } = node.compensation;
    reportActivity(activity, input, ['compensation'], catalogue, report);
  }
  if (node.kind === 'child') {
    if (node.saga === saga) {
      report(['saga'], 'begins itself, without an end', 'Use a loop, or begin another saga.');
    } else {
      const names = catalogue.sagas?.map(({ name }) => name);
      reportName('saga', node.saga, names, ['saga'], report);
      reportChildInput(node, catalogue.sagas ?? [], report);
    }
    const instead = catalogue.begunOtherwise?.get(node.saga);
    if (instead !== undefined) report(['saga'], `${node.saga} is not begun by name`, instead);
  }
  if (node.kind === 'model') reportName('model', node.model, catalogue.models, ['model'], report);
  if ((node.kind === 'task' || node.kind === 'model') && node.people !== undefined) {
    reportPeople(node.people, catalogue, report);
  }
}

function reportActivity(
  activity: ActivityRef,
  input: Json,
  under: readonly string[],
  catalogue: Catalogue,
  report: Report,
): void {
  const path = [...under, 'activity'];
  const { name, version } = activity;
  const known = stepOf(catalogue, name, version);
  if (known === undefined) {
    const other = stepOf(catalogue, name);
    if (other === undefined) {
      const meant = suggest(name, new Set(catalogue.steps.map((step) => step.activity.name)));
      const cure = 'Look at the list: holdfast saga catalogue.';
      report(path, `there is no step ${name}`, meant === undefined ? cure : `Did you mean ${meant}?`);
    } else {
      const cure = `Use version ${other.activity.version}, and look what is different.`;
      report(path, `there is no version ${version} of ${name}`, cure);
    }
    return;
  }
  for (const key of ['via', 'effect', 'needsUndo'] as const) {
    if (known.activity[key] === activity[key]) continue;
    const [here, there] = [activity[key] ?? false, known.activity[key] ?? false];
    report(path, `${key} of ${name} is ${there}, not ${here}`, `Write ${key}: ${there}.`);
  }
  if (activity.via === 'command') reportTarget(name, input, under, catalogue, report);
  if (known.input === null) return;
  for (const { path: within, problem } of inputProblems(known.input, input)) {
    report(
      [...under, 'input', ...within],
      problem,
      `See what ${name} takes: holdfast saga catalogue ${name}.`,
    );
  }
}

/** A command goes to a device: some device must be able to do it, and the one that is named must be that kind. */
function reportTarget(
  action: string,
  input: Json,
  under: readonly string[],
  { capabilities }: Catalogue,
  report: Report,
): void {
  if (capabilities === undefined) return;
  const kind = action.split('.')[0] ?? '';
  const ids = [...capabilities].filter(([, one]) => one === kind).map(([id]) => id);
  if (ids.length === 0) {
    const cure = 'Add a device with this capability to the site file, or take another step.';
    report([...under, 'activity'], `no device of the site is a ${kind}`, cure);
    return;
  }
  const target = (input as { readonly target?: Json } | null)?.target;
  if (typeof target === 'string') reportName(kind, target, ids, [...under, 'input', 'target'], report);
}
