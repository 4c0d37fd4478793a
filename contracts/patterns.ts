/** Tells whether an id fits a pattern of the site file: `*` stands for any run of characters, all else for itself. */
export function matchesId(pattern: string, id: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return head === id;
  const tail = rest.pop() ?? '';
  if (!id.startsWith(head) || id.length < head.length + tail.length || !id.endsWith(tail)) return false;
  // Between head and tail the remaining pieces only have to come in order, so the earliest place for each will do.
  let from = head.length;
  const to = id.length - tail.length;
  for (const piece of rest) {
    const at = id.indexOf(piece, from);
    if (at < 0 || at + piece.length > to) return false;
    from = at + piece.length;
  }
  return true;
}
