import type { NodeView } from '#contracts/saga-api.ts';
import { iconPath } from '../parts/icon-paths.ts';
import type { LaidNode } from './diagram-layout.ts';
import { AMENDS_HEIGHT, cutAmends, KIND_HEIGHT, kindWords, LINE_HEIGHT, NODE_PADDING } from './node-box.ts';
import { nodeWords } from './saga-words.ts';

const MARK_SIZE = 20;
const TEXT_X = NODE_PADDING + MARK_SIZE + 8;

/** A node: what it is, what it does, what takes it back, and by a sign how it stands. */
export function NodeMark(props: {
  node: LaidNode;
  state: NodeView['state'];
  visits: number;
  start: boolean;
}) {
  const { node, state, visits } = props;
  const { width, height, lines, amends } = node;
  const kind = props.start ? 'Begin' : endWords(node);
  const kindHeight = kindWords[node.kind] === null ? 0 : KIND_HEIGHT;
  const linesTop = NODE_PADDING + kindHeight;
  return (
    <g
      class={`diagram-node node-${state} kind-${node.kind}`}
      transform={`translate(${node.x} ${node.y})`}
      data-node={node.id}
      data-state={state}
    >
      <title>{`${node.title}: ${nodeWords[state].word}`}</title>
      <rect class="node-box" width={width} height={height} rx={node.kind === 'end' ? height / 2 : 10} />
      {state === 'idle' ? null : <Sign icon={iconPath(nodeWords[state].icon)} y={linesTop} />}
      {kindHeight === 0 ? null : (
        <text class="node-kind" x={TEXT_X} y={NODE_PADDING + 11}>
          {kind}
        </text>
      )}
      {lines.map((line, index) => (
        <text class="node-title" key={line} x={TEXT_X} y={linesTop + 15 + index * LINE_HEIGHT}>
          {line}
        </text>
      ))}
      {visits > 1 ? (
        <text class="node-visits" x={width - 10} y={linesTop + 15} text-anchor="end">
          {visits}×
        </text>
      ) : null}
      {amends === null ? null : (
        <Amends title={amends} state={state} y={height - AMENDS_HEIGHT} width={width} />
      )}
    </g>
  );
}

function endWords({ kind, outcome }: LaidNode): string | null {
  if (kind !== 'end') return kindWords[kind];
  return outcome === 'completed' ? 'End, done' : outcome === 'failed' ? 'End, failed' : 'End, cancelled';
}

function Sign({ icon, y }: { icon: string; y: number }) {
  return (
    <g class="node-sign" transform={`translate(${NODE_PADDING} ${y}) scale(${MARK_SIZE / 24})`}>
      <path d={icon} />
    </g>
  );
}

function Amends(props: { title: string; state: NodeView['state']; y: number; width: number }) {
  const at = props.state === 'undoing' || props.state === 'undone';
  return (
    <g class={at ? 'node-amends node-amends-on' : 'node-amends'} transform={`translate(0 ${props.y})`}>
      <path class="node-amends-line" d={`M10 0H${props.width - 10}`} />
      <g class="node-sign" transform="translate(14 5) scale(0.7)">
        <path d={iconPath('undo')} />
      </g>
      <text x={TEXT_X} y={19}>
        {cutAmends(props.title)}
      </text>
    </g>
  );
}
