import type { DeviceSummary } from '#contracts/api.ts';
import { Age } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';

type Tag = DeviceSummary['tags'][number];

/** Rows drawn at once; a PLC may bring thousands. */
const ROWS_MAX = 300;

/** Values with their quality. A bad one is struck out, so that nobody takes the last known for the present. */
export function TagTable({ deviceId, tags }: { deviceId: string; tags: readonly Tag[] }) {
  if (tags.length === 0) {
    return (
      <Blank icon="devices" title="No tags">
        The site file names no tags for this device, or none has arrived yet.
      </Blank>
    );
  }
  return (
    <>
      <table class="tags">
        <thead>
          <tr>
            <th scope="col">Tag</th>
            <th scope="col" class="cell-number">
              Value
            </th>
            <th scope="col">Quality</th>
            <th scope="col" class="cell-number">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {tags.slice(0, ROWS_MAX).map((tag) => (
            <TagRow key={tag.path} tag={tag} name={tag.path.replace(`${deviceId}/`, '')} />
          ))}
        </tbody>
      </table>
      {tags.length > ROWS_MAX ? <p class="soft small">and {tags.length - ROWS_MAX} more</p> : null}
    </>
  );
}

function TagRow({ tag, name }: { tag: Tag; name: string }) {
  const { quality } = tag;
  const known = tag.value !== null;
  return (
    <tr class={`tag tag-${quality.level}`} data-tag={tag.path}>
      <th scope="row">{name}</th>
      <td class="cell-number number">
        {quality.level === 'bad' && known ? (
          <s>
            <span class="visually-hidden">last known: </span>
            <Value tag={tag} />
          </s>
        ) : (
          <Value tag={tag} />
        )}
      </td>
      <td>
        {quality.level === 'good' ? (
          <span class="soft">good</span>
        ) : (
          <span class={`quality quality-${quality.level}`}>
            <Icon name={quality.level === 'bad' ? 'cross' : 'question'} size={18} />
            <span>
              <b>{quality.level}</b>: {quality.reason}
            </span>
          </span>
        )}
      </td>
      <td class="cell-number">{known ? <Age at={tag.sourceTimeMs} /> : 'never'}</td>
    </tr>
  );
}

function Value({ tag }: { tag: Tag }) {
  if (tag.value === null) return <span class="soft">no value</span>;
  return (
    <>
      {typeof tag.value === 'boolean' ? (tag.value ? 'on' : 'off') : formatValue(tag.value)}
      {tag.unit === undefined ? null : <span class="unit"> {unitWords[tag.unit] ?? tag.unit}</span>}
    </>
  );
}

const formatValue = (value: number | string): string =>
  typeof value === 'string'
    ? value
    : Number.isInteger(value)
      ? String(value)
      : String(Number(value.toPrecision(5)));

/** UCUM codes that people write otherwise. */
const unitWords: Readonly<Record<string, string>> = { Cel: '°C', '%': '%', '1': '', deg: '°', 'm/s': 'm/s' };
