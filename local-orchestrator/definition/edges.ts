import type { FailureRoute, SagaNode } from '#contracts/sagas.ts';

export type EdgeKind = 'next' | 'failure' | 'timeout' | 'decision';

/** Where a node can lead, and why. */
export interface Edge {
  readonly to: string;
  readonly kind: EdgeKind;
  readonly label: string;
  /** Where in the node it stands. */
  readonly path: readonly (string | number)[];
}

/** The ways on from a node, within its own lane. The check, the diagram and the written form go by these. */
export function edgesOf(node: SagaNode): Edge[] {
  switch (node.kind) {
    case 'step':
    case 'parallel':
    case 'each':
    case 'child':
      return [...next(node), ...failures(node.failure)];
    case 'branch':
      return [
        ...node.cases.map(
          ({ next: to }, index): Edge => ({
            to,
            kind: 'decision',
            label: node.cases.length === 1 ? 'yes' : `case ${index + 1}`,
            path: ['cases', index, 'next'],
          }),
        ),
        { to: node.otherwise, kind: 'decision', label: 'otherwise', path: ['otherwise'] },
      ];
    case 'timer':
      return next(node);
    case 'signal':
      return [...next(node), ...timeout(node.onTimeout, 'onTimeout')];
    case 'task':
      return [...decisions(node.decisions, 'decisions'), ...timeout(node.onDue, 'onDue')];
    case 'model':
      return [...decisions(node.options, 'options'), ...timeout(node.onDue, 'onDue')];
    case 'undo':
    case 'loop':
      return [
        ...next(node),
        { to: node.otherwise, kind: 'failure', label: `after ${node.timesMax} times`, path: ['otherwise'] },
      ];
    case 'join':
    case 'end':
      return [];
  }
}

/** Where the ways of a group begin: in lanes of their own, below the node's. */
export function entriesOf(node: SagaNode): Edge[] {
  switch (node.kind) {
    case 'parallel':
      return node.ways.map(({ start, title }, index) => ({
        to: start,
        kind: 'next',
        label: title,
        path: ['ways', index, 'start'],
      }));
    case 'each':
      return [{ to: node.start, kind: 'next', label: 'for each', path: ['start'] }];
    case 'loop':
      return [{ to: node.start, kind: 'next', label: 'each pass', path: ['start'] }];
    default:
      return [];
  }
}

/** Everything a node can lead to. */
export const leadsOf = (node: SagaNode): Edge[] => [...edgesOf(node), ...entriesOf(node)];

/** Every node a node can lead to. */
export const successors = (node: SagaNode): string[] => leadsOf(node).map(({ to }) => to);

const next = (node: { readonly next: string }): Edge[] => [
  { to: node.next, kind: 'next', label: '', path: ['next'] },
];
const timeout = (to: string | null, name: string): Edge[] =>
  to === null ? [] : [{ to, kind: 'timeout', label: 'too late', path: [name] }];
const decisions = (list: readonly { label: string; next: string }[], name: string): Edge[] =>
  list.map(({ label, next: to }, index) => ({ to, kind: 'decision', label, path: [name, index, 'next'] }));
const failures = (routes: readonly FailureRoute[]): Edge[] =>
  routes.flatMap(({ codes, leads }, index): Edge[] => {
    if (leads.do !== 'go') return [];
    const label = codes.join(', ') || 'failed';
    return [{ to: leads.node, kind: 'failure', label, path: ['failure', index, 'leads'] }];
  });
