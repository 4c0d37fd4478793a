import type { SagaView } from '#contracts/saga-api.ts';
import { formatDuration } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { keyWords } from './saga-words.ts';

/** Deeper than this nobody reads on; the CLI shows all. */
const DEPTH_MAX = 5;
const ROWS_MAX = 50;

/** What it was given and what its steps have found out so far, in the words of the data itself. */
export function SagaData({ view }: { view: SagaView }) {
  const known = view.nodes.filter(({ id }) => id in view.outputs && hasContent(view.outputs[id]));
  return (
    <section class="card saga-data" aria-label="What is known">
      <h2>What is known</h2>
      <details open>
        <summary>What it was given</summary>
        <Value value={view.input} depth={0} />
      </details>
      {known.map(({ id, title }) => (
        <details key={id} data-output={id}>
          <summary>{title}</summary>
          <Value value={view.outputs[id]} depth={0} />
        </details>
      ))}
      {hasContent(view.output) ? (
        <details open>
          <summary>What came of it</summary>
          <Value value={view.output} depth={0} />
        </details>
      ) : null}
    </section>
  );
}

const hasContent = (value: unknown): boolean =>
  value !== null &&
  value !== undefined &&
  value !== '' &&
  (typeof value !== 'object' || Object.keys(value).length > 0);

function Value({ value, name = '', depth }: { value: unknown; name?: string; depth: number }) {
  if (typeof value !== 'object' || value === null) return <Plain value={value} name={name} />;
  const rows = Object.entries(value);
  if (rows.length === 0) return <span class="soft">nothing</span>;
  if (depth >= DEPTH_MAX) return <span class="soft">more</span>;
  const more = rows.length > ROWS_MAX ? <p class="soft small">and {rows.length - ROWS_MAX} more</p> : null;
  if (Array.isArray(value)) {
    return (
      <>
        <ol class="data-list">
          {rows.slice(0, ROWS_MAX).map(([key, item]) => (
            <li key={key}>
              <Value value={item} name={name} depth={depth + 1} />
            </li>
          ))}
        </ol>
        {more}
      </>
    );
  }
  return (
    <>
      <dl class="data-rows">
        {rows.slice(0, ROWS_MAX).map(([key, item]) => (
          <div key={key} class={typeof item === 'object' && hasContent(item) ? 'data-deep' : undefined}>
            <dt>{keyWords(key.replace(/(?:At)?Ms$/, ''))}</dt>
            <dd>
              <Value value={item} name={key} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
      {more}
    </>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const INSTANT_NAME = /(?:^at|At|now|Now)Ms$/;

function Plain({ value, name }: { value: unknown; name: string }) {
  if (value === null || value === undefined || value === '') return <span class="soft">nothing</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') {
    if (INSTANT_NAME.test(name)) return <Moment at={value} />;
    if (/Ms$/.test(name)) return <span class="number">{formatDuration(value)}</span>;
    return <span class="number">{value}</span>;
  }
  const text = String(value);
  return INSTANT.test(text) ? <Moment at={text} /> : text;
}
