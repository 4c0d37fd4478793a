import type { DockBooking } from '#contracts/docks.ts';
import type { NodeView, SagaView } from '#contracts/saga-api.ts';
import { type Polled, usePolled } from '../data/use-polled.ts';
import { Fetched } from '../parts/fetched.tsx';
import { Icon } from '../parts/icon.tsx';
import { nodeWords } from '../sagas/saga-words.ts';
import { loadedOf, nowOf, stagesOf } from './stages.ts';

const REFRESH_MS = 5_000;

const useHandoff = ({ sagaId }: DockBooking): Polled<SagaView> =>
  usePolled<SagaView>(`/sagas/${encodeURIComponent(sagaId)}`, REFRESH_MS);

/** Where the loading stands, in a few words. */
export function LoadingLine({ booking }: { booking: DockBooking }) {
  const { value } = useHandoff(booking);
  if (value === null) return null;
  return <span class="loading-line">{lineOf(value, booking)}</span>;
}

function lineOf({ nodes }: SagaView, { lines }: DockBooking): string {
  const loaded = loadedOf(nodes);
  const now = nowOf(nodes);
  const count = `${Math.min(loaded, lines.length)} of ${lines.length} on board`;
  return now === null ? count : `${now} · ${count}`;
}

/** The same with every stage. */
export function LoadingState({ booking }: { booking: DockBooking }) {
  const handoff = useHandoff(booking);
  return (
    <section class="card" aria-label="Loading">
      <h2>Loading</h2>
      <Fetched from={handoff} what="the state of the loading">
        {(view) => (
          <>
            <p class="loading-now">{lineOf(view, booking)}</p>
            <ol>
              {stagesOf(view.nodes).map(({ word, node }) => (
                <Stage key={node.id} word={word} node={node} />
              ))}
            </ol>
          </>
        )}
      </Fetched>
    </section>
  );
}

function Stage({ word, node }: { word: string; node: NodeView }) {
  const state = nodeWords[node.state];
  return (
    <li class={`loading-stage loading-stage-${node.state}`} data-stage={node.id}>
      <Icon name={state.icon} />
      <span>{word}</span>
      <span class="soft">{state.word}</span>
    </li>
  );
}
