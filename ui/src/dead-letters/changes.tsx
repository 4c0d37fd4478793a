import type { changedLines } from './input-lines.ts';

/** What was changed in an input, line by line. */
export function Changes({ changes }: { changes: ReturnType<typeof changedLines> }) {
  if (changes.length === 0) return null;
  return (
    <ul class="changes">
      {changes.map(({ label, before, after }) => (
        <li key={label}>
          {label}: <s>{before ?? 'not there'}</s> → <b>{after ?? 'taken away'}</b>
        </li>
      ))}
    </ul>
  );
}
