import type { FailureRoute, SagaNode } from '#contracts/sagas.ts';

export type EdgeKind = 'next' | 'failure' | 'timeout' | 'decision';

/** Where a node can lead, and why. */
export interface Edge {
  readonly to: string;
  readonly kind: EdgeKind;
  readonly label: string;
}

/** The ways on from a node, within its own lane. The check, the diagram and the written form go by these. */
export function edgesOf(node: SagaNode): Edge[] {
  switch (node.kind) {
    case 'step':
    case 'parallel':
    case 'each':
    case 'child':
      return [next(node.next), ...failures(node.failure)];
    case 'branch':
      return [
        ...node.cases.map(({ next: to }): Edge => ({ to, kind: 'decision', label: 'yes' })),
        { to: node.otherwise, kind: 'decision', label: 'otherwise' },
      ];
    case 'timer':
      return [next(node.next)];
    case 'signal':
      return [next(node.next), ...timeout(node.onTimeout)];
    case 'task':
      return [...node.decisions.map(decision), ...timeout(node.onDue)];
    case 'model':
      return [...node.options.map(decision), ...timeout(node.onDue)];
    case 'undo':
      return [
        next(node.next),
        { to: node.otherwise, kind: 'failure', label: `after ${node.timesMax} times` },
      ];
    case 'loop':
      return [
        next(node.next),
        { to: node.otherwise, kind: 'failure', label: `after ${node.timesMax} times` },
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
      return node.ways.map(({ start, title }) => ({ to: start, kind: 'next', label: title }));
    case 'each':
      return [{ to: node.start, kind: 'next', label: 'for each' }];
    case 'loop':
      return [{ to: node.start, kind: 'next', label: 'each pass' }];
    default:
      return [];
  }
}

/** Every node a node can lead to. */
export const successors = (node: SagaNode): string[] =>
  [...edgesOf(node), ...entriesOf(node)].map(({ to }) => to);

const next = (to: string): Edge => ({ to, kind: 'next', label: '' });
const timeout = (to: string | null): Edge[] =>
  to === null ? [] : [{ to, kind: 'timeout', label: 'too late' }];
const decision = ({ label, next: to }: { label: string; next: string }): Edge => ({
  to,
  kind: 'decision',
  label,
});
const failures = (routes: readonly FailureRoute[]): Edge[] =>
  routes.flatMap(({ codes, leads }): Edge[] =>
    leads.do === 'go' ? [{ to: leads.node, kind: 'failure', label: codes.join(', ') || 'failed' }] : [],
  );
