/** What is wrong with a definition: where, in words and as a path into its data, and what to write instead. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly cure: string;
}

/** Gathers findings about one part of a definition. */
export type Report = (path: readonly (string | number)[], problem: string, cure: string) => void;

/** `pick, compensation.input`: the node first, as people know it by its id. */
export function placeText({ path }: Pick<Finding, 'path'>): string {
  const [root, node, ...rest] = path;
  if (root !== 'nodes' || node === undefined) return path.join('.') || '/';
  return rest.length === 0 ? String(node) : `${node}, ${rest.join('.')}`;
}
