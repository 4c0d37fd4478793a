import type { ChildNode, SagaDefinition } from '#contracts/sagas.ts';
import type { Finding, Report } from './finding.ts';
import { inputProblems } from './input-problems.ts';

type Takes = Pick<SagaDefinition, 'name' | 'input'>;

/** Reports what a child is given and would refuse, by the schema of what it takes. */
export function reportChildInput(node: ChildNode, sagas: readonly Takes[], report: Report): void {
  const schema = sagas.find(({ name }) => name === node.saga)?.input;
  if (schema === undefined) return;
  for (const { path, problem } of inputProblems(schema, node.input)) {
    report(['input', ...path], problem, `Compare it with what ${node.saga} takes.`);
  }
}

/** The same for a whole definition, whoever wrote it. */
export function childFindings({ nodes }: SagaDefinition, sagas: readonly Takes[]): readonly Finding[] {
  const found: Finding[] = [];
  for (const [id, node] of Object.entries(nodes)) {
    if (node.kind !== 'child') continue;
    reportChildInput(node, sagas, (path, problem, cure) =>
      found.push({ path: ['nodes', id, ...path], problem, cure }),
    );
  }
  return found;
}
