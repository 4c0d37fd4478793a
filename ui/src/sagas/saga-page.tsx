import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SagaDiagram } from '#contracts/diagram.ts';
import type { SagaView } from '#contracts/saga-api.ts';
import { isMissing } from '../data/problem.ts';
import { isLive, tasks } from '../data/site.ts';
import { type Resource, useResource } from '../data/use-resource.ts';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { href, keepQuery, route } from '../router.ts';
import { CancelSaga } from './cancel-saga.tsx';
import { DiagramView } from './diagram-view.tsx';
import { SagaData } from './saga-data.tsx';
import { SagaHead } from './saga-head.tsx';
import { SagaHistory } from './saga-history.tsx';
import { isOver } from './saga-words.ts';
import { TimeTravel } from './time-travel.tsx';
import { WhyCard } from './why-card.tsx';

/** One that runs changes without a word to this page. */
const REFRESH_MS = 3_000;

/** One procedure, as it is or as it was: the position looked at is kept in the address. */
export function SagaPage({ sagaId }: { sagaId: string }) {
  const at = readAt(route.value.query);
  const [tick, setTick] = useState(0);
  const task = tasks.value.find((row) => row.sagaId === sagaId);
  const path = `/sagas/${encodeURIComponent(sagaId)}`;
  const version = `${isLive.value} ${task?.taskId} ${tick}`;
  const { resource, reload } = useResource<SagaView>(at === null ? path : `${path}?at=${at}`, version);
  const view = useLast(resource);
  const hash = view?.saga.hash;
  const picture = useResource<SagaDiagram>(hash === undefined ? null : `/diagrams/${hash}`);
  const open = view !== null && !isOver(view.saga.status);
  useEffect(() => {
    if (!open || at !== null || !isLive.value) return;
    const timer = setInterval(() => setTick((turn) => turn + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [open, at, isLive.value]);
  if (resource.state === 'failed' && view === null && isMissing(resource.failure)) {
    return (
      <Frame title="Procedure">
        <Blank icon="question" title="There is no such procedure">
          It may have been deleted with its age. Look for it among <a href={href('sagas')}>all procedures</a>.
        </Blank>
      </Frame>
    );
  }
  const look = (position: number | null) => keepQuery(position === null ? '' : `at=${position}`);
  const title = view?.saga.title ?? 'Procedure';
  return (
    <Frame title={title} actions={open ? <CancelSaga sagaId={sagaId} title={title} done={reload} /> : null}>
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {view === null && resource.state === 'loading' ? <Loading rows={6} what="the procedure" /> : null}
      {view === null ? null : (
        <>
          <div class="saga-top">
            <SagaHead view={view} task={task} />
            <TimeTravel view={view} at={at} look={look} />
          </div>
          <Picture diagram={picture.resource} view={view} retry={picture.reload} />
          <div class="saga-bottom">
            <div>
              <WhyCard entries={view.timeline} />
              <SagaHistory view={view} look={look} />
            </div>
            <SagaData view={view} />
          </div>
        </>
      )}
    </Frame>
  );
}

function Frame(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <PageHead title={props.title} back={{ page: 'sagas', words: 'Back to all procedures' }}>
        {props.actions}
      </PageHead>
      <div class="saga-page">{props.children}</div>
    </>
  );
}

function Picture(props: { diagram: Resource<SagaDiagram>; view: SagaView; retry: () => unknown }) {
  const { diagram, view } = props;
  if (diagram.state === 'loading') return <Loading rows={4} what="the picture of it" />;
  if (diagram.state === 'failed') return <FailureNote failure={diagram.failure} retry={props.retry} />;
  return <DiagramView diagram={diagram.value} view={view} />;
}

/** What was shown last stays until the next position has come: a picture that blinks cannot be followed. */
function useLast(resource: Resource<SagaView>): SagaView | null {
  const last = useRef<SagaView | null>(null);
  if (resource.state === 'ready') last.current = resource.value;
  return last.current;
}

function readAt(query: string): number | null {
  const at = Number(new URLSearchParams(query).get('at') ?? '');
  return Number.isSafeInteger(at) && at > 0 ? at : null;
}
