import type { SagaDefinition } from '#contracts/sagas.ts';
import { edgesOf } from './edges.ts';

/**
 * Circles that no person and no bound breaks, each as the ids on it. The passes of a loop are counted and are none;
 * nor is what a person, or an undo with its count, leads back to.
 */
export function circlesOf(nodes: SagaDefinition['nodes']): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const path = new Map<string, number>();
  const visit = (id: string): void => {
    const node = nodes[id];
    if (node === undefined || done.has(id) || node.kind === 'task' || node.kind === 'undo') return;
    const from = path.get(id);
    if (from !== undefined) {
      circles.push([...[...path.keys()].slice(from), id]);
      return;
    }
    path.set(id, path.size);
    for (const { to } of edgesOf(node)) visit(to);
    path.delete(id);
    done.add(id);
  };
  for (const id of Object.keys(nodes)) visit(id);
  return circles;
}
