import { Compile } from 'typebox/compile';
import { SagaDefinition } from '#contracts/sagas.ts';
import type { Catalogue } from './catalogue.ts';
import { catalogueFindings } from './check-catalogue.ts';
import { reportLanes } from './check-lanes.ts';
import { reportNode } from './check-nodes.ts';
import { reportReferences } from './check-references.ts';
import { shapeFindings } from './check-shape.ts';
import { circlesOf } from './circles.ts';
import { leadsOf } from './edges.ts';
import type { Finding, Report } from './finding.ts';
import { reportSchema } from './report-schema.ts';

/**
 * Everything that is wrong with a definition. Empty: it can run to an end, by what can be known before. With a
 * catalogue it is also compared with what the release and the site have.
 */
export function findings(definition: SagaDefinition, catalogue?: Catalogue): readonly Finding[] {
  // What comes next would stumble over a wrong shape, and what it said would be of no use.
  if (!hasShape(definition)) return shapeFindings(definition);
  const found: Finding[] = [];
  const report: Report = (path, problem, cure) => found.push({ path, problem, cure });
  if (!reportEdges(definition, report)) return found;
  const lanes = reportLanes(definition, report);
  for (const [id, node] of Object.entries(definition.nodes)) {
    if (lanes.has(id)) reportNode(id, node, definition.nodes, report);
    else report(['nodes', id], 'nothing leads here', 'Remove it, or lead to it.');
  }
  reportReferences(definition, lanes, report);
  reportHead(definition, report);
  for (const circle of circlesOf(definition.nodes)) {
    report(
      ['nodes', circle[0] ?? ''],
      `goes round without a person or a bound: ${circle.join(' → ')}`,
      'Put what repeats into a loop with timesMax, or lead back by way of an undo node or a human task.',
    );
  }
  if (catalogue !== undefined) found.push(...catalogueFindings(definition, catalogue));
  return found;
}

/** Compiled at the first use: a site checks dozens of definitions when it starts, and each takes a twentieth of the time. */
const compileShape = () => Compile(SagaDefinition);
let shape: ReturnType<typeof compileShape> | undefined;
function hasShape(definition: unknown): boolean {
  shape ??= compileShape();
  return shape.Check(definition);
}

/** Whether every edge leads to a node. */
function reportEdges({ nodes, start }: SagaDefinition, report: Report): boolean {
  let whole = true;
  const cure = `Name one of the nodes: ${Object.keys(nodes).slice(0, NAMES_MAX).join(', ')}.`;
  const miss = (path: readonly (string | number)[], problem: string) => {
    whole = false;
    report(path, problem, cure);
  };
  if (!Object.hasOwn(nodes, start)) miss(['start'], `there is no node ${start || 'to start with'}`);
  for (const [id, node] of Object.entries(nodes)) {
    if (!ID.test(id)) miss(['nodes', id], 'is no id: lower-case letters, digits and hyphens');
    for (const { to, path } of leadsOf(node)) {
      if (!Object.hasOwn(nodes, to)) {
        miss(['nodes', id, ...path], `leads to ${to || 'nowhere'}, which does not exist`);
      }
    }
  }
  return whole;
}
const NAMES_MAX = 20;
const ID = /^[a-z0-9][a-z0-9-]*$/;

function reportHead({ input, search }: SagaDefinition, report: Report): void {
  if (input !== undefined) reportSchema(input, ['input'], report);
  if (Object.keys(search ?? {}).length > SEARCH_MAX) {
    report(['search'], `more than ${SEARCH_MAX} entries`, 'Keep those that people search by.');
  }
}
const SEARCH_MAX = 16;
