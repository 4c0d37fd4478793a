import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DiagramEdge, SagaDiagram } from '#contracts/diagram.ts';
import type { NodeView, SagaView } from '#contracts/saga-api.ts';
import { layOut } from './diagram-layout.ts';
import { EdgeMark } from './edge-mark.tsx';
import { NodeMark } from './node-mark.tsx';
import { focusOf, nodeWords } from './saga-words.ts';

/** The definition as a picture, with how far it has come. The same is said in words for those who hear it. */
export function DiagramView({ diagram, view }: { diagram: SagaDiagram; view: SagaView }) {
  const layout = useMemo(() => layOut(diagram), [diagram]);
  const [whole, setWhole] = useState(false);
  const box = useRef<HTMLElement>(null);
  const views = new Map(view.nodes.map((node) => [node.id, node]));
  const stateOf = (id: string): NodeView['state'] => views.get(id)?.state ?? 'idle';
  const gone = new Set(view.edges.map(edgeKey));
  const focus = focusOf(view) ?? diagram.start;
  useEffect(() => showNode(box.current, focus), [focus, whole, layout]);
  return (
    <section class="card diagram" aria-label="Picture of the steps">
      <header class="diagram-head">
        <h2>How it goes</h2>
        <button type="button" class="button button-ghost" onClick={() => setWhole(!whole)}>
          {whole ? 'Show it large' : 'Show all of it'}
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keys. */}
      <section class="diagram-box" ref={box} tabIndex={0} aria-label="The picture itself">
        <svg
          class={whole ? 'diagram-svg diagram-whole' : 'diagram-svg'}
          width={layout.width}
          height={layout.height}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          aria-hidden="true"
          focusable="false"
        >
          {layout.lanes.map((lane) => (
            <g key={lane.id} class="diagram-lane">
              <rect x={lane.x} y={lane.y} width={lane.width} height={lane.height} rx="12" />
              <text x={lane.x + 14} y={lane.y + 21}>
                {lane.title}
              </text>
            </g>
          ))}
          {layout.edges.map((edge, index) => (
            <EdgeMark key={`${edge.from} ${edge.to} ${index}`} edge={edge} passed={gone.has(edgeKey(edge))} />
          ))}
          {layout.nodes.map((node) => (
            <NodeMark
              key={node.id}
              node={node}
              state={stateOf(node.id)}
              visits={views.get(node.id)?.visits ?? 0}
              start={node.id === diagram.start}
            />
          ))}
        </svg>
      </section>
      <ol class="visually-hidden">
        {layout.nodes.map((node) => (
          <li key={node.id}>
            {node.title}: {nodeWords[stateOf(node.id)].word}
          </li>
        ))}
      </ol>
      <Legend />
    </section>
  );
}

/** Several reasons to go the same way are one line. */
const edgeKey = ({ from, to, kind }: Pick<DiagramEdge, 'from' | 'to' | 'kind'>): string =>
  `${from} ${to} ${kind}`;

/** Moves the picture within its box, never the page. */
function showNode(box: HTMLElement | null, id: string): void {
  const node = box?.querySelector(`[data-node="${CSS.escape(id)}"]`);
  if (box === null || node === null || node === undefined) return;
  const [inner, outer] = [node.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2);
  box.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
}

function Legend() {
  return (
    <p class="soft small">
      Thick: where it is. Plain: done. Broken: not reached. Struck out: taken back. The line below a step
      tells what takes it back.
    </p>
  );
}
