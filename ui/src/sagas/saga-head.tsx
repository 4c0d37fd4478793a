import { Fragment } from 'preact';
import type { Task } from '#contracts/api.ts';
import type { SagaPage, SagaView } from '#contracts/saga-api.ts';
import { nowMs } from '../data/clock.ts';
import { useResource } from '../data/use-resource.ts';
import { formatDuration } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { href } from '../router.ts';
import { isOver, keyWords, orderOf, parentOf, statusWords } from './saga-words.ts';

/** Ids are looked for by at most so many letters. */
const ID_CHARS_MAX = 64;
const CHILDREN_MAX = 20;

/** What it is, how it stands now, since when and for what; and what a person can go on to. */
export function SagaHead({ view, task }: { view: SagaView; task: Task | undefined }) {
  const { saga } = view;
  const words = statusWords[saga.status];
  const over = isOver(saga.status);
  const order = orderOf(saga);
  // The order has its link already.
  const attributes = Object.entries(saga.attributes).filter(([, value]) => value !== order);
  const parent = parentOf(saga.sagaId);
  const endMs = saga.endedAt === null ? nowMs.value : Date.parse(saga.endedAt);
  return (
    <section class="card saga-head" aria-label="Now">
      <p class="order-state">
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
      </p>
      {over ? null : <p class="order-now">{placesNow(view)}</p>}
      {view.reason === null || saga.status === 'completed' ? null : <p class="saga-reason">{view.reason}</p>}
      {task === undefined ? null : (
        <a class="row-link row-link-warning" href={href('tasks')}>
          <Icon name="user" />
          <span>{task.title}</span>
          <Icon name="forward" />
        </a>
      )}
      <dl class="facts">
        {order === null ? null : (
          <>
            <dt>Order</dt>
            <dd>
              <a href={href('orders', order)}>{order}</a>
            </dd>
          </>
        )}
        {attributes.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{keyWords(name)}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
        {parent === null ? null : (
          <>
            <dt>Part of</dt>
            <dd>
              <a href={href('sagas', parent)}>the procedure that began it</a>
            </dd>
          </>
        )}
        <dt>Begun</dt>
        <dd>
          <Moment at={saga.startedAt} />
        </dd>
        <dt>{over ? 'Took' : 'Running for'}</dt>
        <dd class="number">{formatDuration(Math.max(0, endMs - Date.parse(saga.startedAt)))}</dd>
        <dt>Version</dt>
        <dd>
          <a class="number" href={href('versions')}>
            {saga.version}
          </a>
        </dd>
      </dl>
      <Children view={view} />
    </section>
  );
}

/** At which steps it is, in the words of its definition. */
function placesNow({ nodes, at, newest }: SagaView): string | null {
  if (at !== newest) return null;
  const here = nodes.filter(
    ({ state, kind }) => kind !== 'join' && (state === 'active' || state === 'undoing'),
  );
  const waiting = nodes.filter(({ state }) => state === 'waiting');
  const steps = here.filter(({ kind }) => kind !== 'parallel' && kind !== 'each' && kind !== 'loop');
  const shown = steps.length > 0 ? steps : waiting.length > 0 ? waiting : here;
  return shown.length === 0 ? null : shown.map(({ title }) => title).join(', ');
}

/** Procedures that this one has begun for a part of its work. */
function Children({ view }: { view: SagaView }) {
  const { saga, nodes } = view;
  const begun = nodes.filter(({ kind }) => kind === 'child').reduce((sum, { visits }) => sum + visits, 0);
  const prefix = `${saga.sagaId}/`;
  const asks = begun > 0 && prefix.length <= ID_CHARS_MAX;
  const path = `/sagas?id=${encodeURIComponent(prefix)}&limit=${CHILDREN_MAX}`;
  const { resource } = useResource<SagaPage>(asks ? path : null, begun);
  const children = resource.state === 'ready' ? resource.value.sagas : [];
  if (children.length === 0) return null;
  return (
    <ul class="saga-children" aria-label="Parts that run on their own">
      {children.map((child) => (
        <li key={child.sagaId}>
          <a class="row-link" href={href('sagas', child.sagaId)}>
            <Icon name="procedure" />
            <span>{child.title}</span>
            <Mark level={statusWords[child.status].level} icon={statusWords[child.status].icon}>
              {statusWords[child.status].word}
            </Mark>
          </a>
        </li>
      ))}
    </ul>
  );
}
