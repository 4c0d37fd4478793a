import type { ActivityRef, Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { suggest } from '#contracts/suggest.ts';
import { type Catalogue, stepOf } from './catalogue.ts';
import type { Finding, Report } from './finding.ts';
import { inputProblems } from './input-problems.ts';

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
    } else reportName('saga', node.saga, catalogue.sagas, ['saga'], report);
  }
  if (node.kind === 'model') reportName('model', node.model, catalogue.models, ['model'], report);
  if (node.kind === 'task' || node.kind === 'model') {
    const { notify = [], escalation = [] } = node.people ?? {};
    const channel = (name: string, path: readonly (string | number)[]) =>
      reportName('notification channel', name, catalogue.channels, path, report);
    for (const [index, name] of notify.entries()) channel(name, ['people', 'notify', index]);
    for (const [level, { notify: names }] of escalation.entries()) {
      for (const [index, name] of names.entries()) {
        channel(name, ['people', 'escalation', level, 'notify', index]);
      }
    }
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
  if (known.input === null) return;
  for (const { path: within, problem } of inputProblems(known.input, input)) {
    report(
      [...under, 'input', ...within],
      problem,
      `See what ${name} takes: holdfast saga catalogue ${name}.`,
    );
  }
}

function reportName(
  what: string,
  name: string,
  names: readonly string[] | undefined,
  path: readonly (string | number)[],
  report: Report,
): void {
  if (names === undefined || names.includes(name)) return;
  const meant = suggest(name, names);
  const all = names.length === 0 ? 'The site has none.' : `Known are: ${names.join(', ')}.`;
  report(path, `there is no ${what} ${name}`, meant === undefined ? all : `Did you mean ${meant}?`);
}
