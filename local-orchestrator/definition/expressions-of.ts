import type { Compensation, Json, SagaNode, StepNode, TaskPeople } from '#contracts/sagas.ts';

/** An expression of a node, where it stands in it, and in which lane it is computed. */
export interface PlacedExpression {
  readonly path: readonly (string | number)[];
  readonly expression: Json;
  /** It is computed where a way of the group comes to its end, and sees what the way has made. */
  readonly inside?: true;
  /** It is amends: the node itself has, or may have, run. */
  readonly after?: true;
}

/** Every expression of a node. A new kind of node, or a new expression in one, is entered here. */
export function expressionsOf(node: SagaNode): readonly PlacedExpression[] {
  switch (node.kind) {
    case 'step':
      return [...workExpressions(node, []), ...amends(node.compensation)];
    case 'child':
      return [at(node.input, 'input'), ...amends(node.compensation)];
    case 'branch':
      return node.cases.map(({ when }, index) => at(when, 'cases', index, 'when'));
    case 'timer':
      return [at(node.delayMs, 'delayMs')];
    case 'task':
      return asking(node);
    case 'model':
      return [at(node.input, 'input'), ...asking(node)];
    case 'each':
      return [at(node.items, 'items'), { ...at(node.output, 'output'), inside: true }];
    case 'loop':
      return [{ ...at(node.again, 'again'), inside: true }];
    case 'end':
      return [at(node.reason, 'reason'), at(node.output, 'output')];
    case 'signal':
    case 'undo':
    case 'parallel':
    case 'join':
      return [];
  }
}

const at = (expression: Json, ...path: (string | number)[]): PlacedExpression => ({ path, expression });

function workExpressions(
  work: Pick<StepNode, 'input' | 'assume' | 'limits'>,
  under: readonly (string | number)[],
): PlacedExpression[] {
  return [
    at(work.input, ...under, 'input'),
    ...(work.assume === undefined ? [] : [at(work.assume, ...under, 'assume')]),
    ...(work.limits ?? []).map(({ key }, index) => at(key, ...under, 'limits', index, 'key')),
  ];
}

const amends = (compensation: Compensation | undefined): PlacedExpression[] =>
  compensation === undefined
    ? []
    : workExpressions(compensation, ['compensation']).map((one) => ({ ...one, after: true }));

function asking(node: {
  readonly text: Json;
  readonly context: readonly { readonly value: Json }[];
  readonly people?: TaskPeople;
}): PlacedExpression[] {
  const { zone, image, suggestion } = node.people ?? {};
  return [
    at(node.text, 'text'),
    ...node.context.map(({ value }, index) => at(value, 'context', index, 'value')),
    ...Object.entries({ zone, image, suggestion }).flatMap(([name, expression]) =>
      expression === undefined ? [] : [at(expression, 'people', name)],
    ),
  ];
}
