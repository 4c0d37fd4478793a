interface Node<V> {
  readonly children: Map<string, Node<V>>;
  /** Values whose filter ends here, by key. */
  readonly values: Map<string, V>;
}

/**
 * Finds, for a topic, the values filed under all filters that match it. One value per filter and key.
 *
 * Source: MQTT 3.1.1 §4.7. `+` and `#` are children like any other; [MQTT-4.7.2-1] the first level of a
 *         $-topic is compared with names only.
 */
export class TopicTree<V> {
  readonly #root: Node<V> = { children: new Map(), values: new Map() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(filter: string, key: string, value: V): void {
    let node = this.#root;
    for (const level of filter.split('/')) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = { children: new Map(), values: new Map() };
        node.children.set(level, child);
      }
      node = child;
    }
    if (!node.values.has(key)) this.#size += 1;
    node.values.set(key, value);
  }

  remove(filter: string, key: string): boolean {
    const levels = filter.split('/');
    const path: Node<V>[] = [this.#root];
    for (const level of levels) {
      const child = path.at(-1)?.children.get(level);
      if (child === undefined) return false;
      path.push(child);
    }
    if (!path.at(-1)?.values.delete(key)) return false;
    this.#size -= 1;
    prune(path, levels);
    return true;
  }

  /** Values of every filter that matches; `#` before names, so the widest come first. */
  match(topic: string): V[] {
    const found: V[] = [];
    collect(this.#root, topic.split('/'), 0, found);
    return found;
  }
}

function prune<V>(path: readonly Node<V>[], levels: readonly string[]): void {
  for (let i = path.length - 1; i > 0; i--) {
    const node = path[i];
    if (node === undefined || node.values.size > 0 || node.children.size > 0) return;
    path[i - 1]?.children.delete(levels[i - 1] ?? '');
  }
}

function collect<V>(node: Node<V>, levels: readonly string[], depth: number, found: V[]): void {
  const level = levels[depth];
  const hidden = depth === 0 && level?.startsWith('$') === true;
  // [MQTT-4.7.1-2] # takes the rest, and also the parent level itself: sport/# matches sport.
  const rest = hidden ? undefined : node.children.get('#');
  if (rest !== undefined) for (const value of rest.values.values()) found.push(value);
  if (level === undefined) {
    for (const value of node.values.values()) found.push(value);
    return;
  }
  const one = hidden ? undefined : node.children.get('+');
  if (one !== undefined) collect(one, levels, depth + 1, found);
  const named = node.children.get(level);
  if (named !== undefined) collect(named, levels, depth + 1, found);
}
