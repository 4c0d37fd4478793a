import { Value } from 'typebox/value';
import { ApplianceError } from '#contracts/errors.ts';
import { SagaDefinition, type SagaNode } from '#contracts/sagas.ts';
import { successors } from './edges.ts';
import { references, unknownOperators } from './expression.ts';
import { expressionsOf } from './expressions-of.ts';

/**
 * Refuses a definition that could not run to an end, with the place and the cure.
 *
 * Errors: SAGA_DEFINITION_INVALID.
 */
export function checkDefinition(definition: SagaDefinition): void {
  const name = String((definition as { name?: unknown }).name ?? '?');
  const refuse = (place: string, problem: string, cure: string): never => {
    throw new ApplianceError('SAGA_DEFINITION_INVALID', { definition: name, place, problem, cure });
  };
  if (!Value.Check(SagaDefinition, definition)) {
    const [error] = Value.Errors(SagaDefinition, definition);
    const place = error?.instancePath === undefined || error.instancePath === '' ? '/' : error.instancePath;
    refuse(place, error?.message ?? 'does not fit the schema', 'Compare it with the schema SagaDefinition.');
  }
  const { nodes, start } = definition;
  const known = (id: string) => Object.hasOwn(nodes, id);
  if (!known(start)) refuse('start', `there is no node ${start}`, 'Name an existing node.');
  for (const [id, node] of Object.entries(nodes)) {
    for (const next of successors(node)) {
      if (!known(next))
        refuse(id, `leads to ${next || 'nowhere'}, which does not exist`, 'Name an existing node.');
    }
    checkNode(id, node, nodes, refuse);
  }
  const reached = reachable(start, nodes);
  const lost = Object.keys(nodes).find((id) => !reached.has(id));
  if (lost !== undefined) refuse(lost, 'nothing leads here', 'Remove it, or lead to it.');
  const circle = circleOf(nodes);
  if (circle !== null) {
    refuse(
      circle.join(' → '),
      'goes round without a person or a bound',
      'Lead back by way of an undo node with timesMax, or a human task.',
    );
  }
}

type Refuse = (place: string, problem: string, cure: string) => never;

function checkNode(id: string, node: SagaNode, nodes: SagaDefinition['nodes'], refuse: Refuse): void {
  for (const { path, expression } of expressionsOf(node)) {
    const place = path.join('.');
    for (const operator of unknownOperators(expression)) {
      refuse(
        `${id}, ${place}`,
        `${operator} is no operator`,
        'Use $ref, $text, $eq, $gt, $and, $or or $not.',
      );
    }
    for (const { path } of references(expression)) {
      const [root, step] = path.split('.');
      if (root === 'input' || root === 'saga' || root === 'each') continue;
      if (root !== 'steps')
        refuse(`${id}, ${place}`, `${path} leads nowhere`, 'Begin with input, steps or saga.');
      if (step === undefined || !Object.hasOwn(nodes, step)) {
        refuse(
          `${id}, ${place}`,
          `${path} refers to a step that does not exist`,
          'Correct the name of the step.',
        );
      }
    }
  }
  if (node.kind === 'step') {
    for (const voided of node.voids) {
      const target = nodes[voided];
      if (target?.kind !== 'step' || target.compensation === undefined) {
        refuse(id, `voids ${voided}, which has no compensation`, 'Name a step with a compensation.');
      }
    }
  }
  if (node.kind === 'undo' && nodes[node.to]?.kind !== 'step') {
    refuse(id, `undoes to ${node.to}, which is no step`, 'Name a step.');
  }
  if (node.kind === 'task' && new Set(node.decisions.map((one) => one.id)).size < node.decisions.length) {
    refuse(id, 'has two decisions of the same name', 'Name each decision once.');
  }
}

function reachable(start: string, nodes: SagaDefinition['nodes']): Set<string> {
  const seen = new Set<string>([start]);
  for (const id of seen) {
    const node = nodes[id];
    if (node !== undefined) for (const next of successors(node)) seen.add(next);
  }
  return seen;
}

/** A circle that no person and no bound breaks, as the ids on it; null when there is none. */
function circleOf(nodes: SagaDefinition['nodes']): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): string[] | null => {
    const node = nodes[id];
    if (node === undefined || done.has(id) || node.kind === 'task' || node.kind === 'undo') return null;
    const from = path.indexOf(id);
    if (from >= 0) return [...path.slice(from), id];
    path.push(id);
    for (const next of successors(node)) {
      const circle = visit(next);
      if (circle !== null) return circle;
    }
    path.pop();
    done.add(id);
    return null;
  };
  for (const id of Object.keys(nodes)) {
    const circle = visit(id);
    if (circle !== null) return circle;
  }
  return null;
}
