import type { SagaDiagram } from '#contracts/diagram.ts';
import { blockOf, type Level, levelsOf, TOP } from './diagram-levels.ts';
import { LAYER_GAP, type Placed, type Point, placeInLayers, type Unit } from './layers.ts';
import { sizeOf, wrap } from './node-box.ts';

type DiagramNode = SagaDiagram['nodes'][number];
type DiagramEdge = SagaDiagram['edges'][number];

/** All in pixels from the left upper corner of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface LaidNode extends Box {
  readonly id: string;
  readonly kind: DiagramNode['kind'];
  readonly title: string;
  readonly lines: readonly string[];
  /** Title of the act that makes amends for it. */
  readonly amends: string | null;
  readonly outcome: DiagramNode['outcome'] | null;
}
export interface LaidLane extends Box {
  readonly id: string;
  readonly title: string;
}
export interface LaidEdge extends Omit<DiagramEdge, 'label'> {
  readonly label: string;
  readonly points: readonly Point[];
  /** It leads back up, along the right side, in straight pieces. */
  readonly back: boolean;
}
export interface DiagramLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly LaidNode[];
  readonly lanes: readonly LaidLane[];
  readonly edges: readonly LaidEdge[];
}

const LANE_GAP = 16;
const LANE_PADDING = 16;
const LANE_TITLE = 30;
const BACK_WIDTH = 22;
/** How far from its layer a way back runs: between the layers, where nothing stands. */
const BACK_DROP = 12;
const MARGIN = 12;
/** Of 13 px letters, on average. */
const LABEL_CHAR_WIDTH = 7;

/** A level with its place still open: everything in it counts from its own corner. */
interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly LaidNode[];
  readonly lanes: readonly LaidLane[];
  readonly edges: readonly LaidEdge[];
}

/** A definition as a picture, top-down. Pure: the same diagram is always drawn in the same way. */
export function layOut(diagram: SagaDiagram): DiagramLayout {
  const levels = levelsOf(diagram);
  const amends = new Map(
    diagram.nodes
      .filter(({ kind }) => kind === 'compensation')
      .map(({ id, title }) => [id.slice(0, -':undo'.length), title]),
  );
  const sheet = moved(sheetOf(TOP, levels, amends), MARGIN, MARGIN);
  return { ...sheet, width: sheet.width + 2 * MARGIN, height: sheet.height + 2 * MARGIN };
}

function sheetOf(id: string, levels: ReadonlyMap<string, Level>, amends: ReadonlyMap<string, string>): Sheet {
  const level = levels.get(id) ?? { nodes: [], blocks: [], edges: [] };
  const blocks = new Map(
    level.blocks.map(({ group, lanes }) => [
      blockOf(group),
      sideBySide(lanes.map((lane) => inLane(lane.id, lane.title, sheetOf(lane.id, levels, amends)))),
    ]),
  );
  const made = level.nodes.map((node) => nodeBox(node, amends.get(node.id) ?? null));
  const placed = placeInLayers(unitsInOrder(made, blocks), level.edges.map(linkOf));
  const cornerOf = (unit: string): Point => placed.corners.get(unit) ?? { x: 0, y: 0 };
  const nodes = made.map((node) => ({ ...node, ...cornerOf(node.id) }));
  const inner = [...blocks].map(([unit, sheet]) => {
    const { x, y } = cornerOf(unit);
    return moved(sheet, x, y);
  });
  const all = [...nodes, ...inner.flatMap((sheet) => sheet.nodes)];
  const edges = edgesOf(level, placed, new Map(all.map((node) => [node.id, node])));
  return {
    width: placed.width + backTargets(level, placed).length * BACK_WIDTH,
    height: placed.height,
    nodes: all,
    lanes: inner.flatMap((sheet) => sheet.lanes),
    edges: [...edges, ...inner.flatMap((sheet) => sheet.edges)],
  };
}

/** A block stands right behind its group, so that circles are found from where they are entered. */
const unitsInOrder = (nodes: readonly LaidNode[], blocks: ReadonlyMap<string, Sheet>): Unit[] =>
  nodes.flatMap(({ id, width, height }) => {
    const block = blocks.get(blockOf(id));
    const unit = { id, width, height };
    return block === undefined ? [unit] : [unit, { ...block, id: blockOf(id) }];
  });

const linkOf = ({ edge, from, to }: Level['edges'][number]) => ({
  from,
  to,
  weight: edge.kind === 'next' ? 4 : 1,
  lot: edge.kind === 'next' || edge.kind === 'decision' ? 'on' : 'off',
  wordsWidth: edge.label.length * LABEL_CHAR_WIDTH,
});

function nodeBox(node: DiagramNode, amends: string | null): LaidNode {
  const lines = wrap(node.title);
  const { id, kind, title, outcome = null } = node;
  return { id, kind, title, lines, amends, outcome, x: 0, y: 0, ...sizeOf(node.kind, lines, amends) };
}

function edgesOf(level: Level, placed: Placed, nodes: ReadonlyMap<string, LaidNode>): LaidEdge[] {
  return level.edges.flatMap(({ edge, ...units }, index): LaidEdge[] => {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (from === undefined || to === undefined) return [];
    const [start, end] = [below(from), above(to)];
    const bends = placed.bends[index];
    if (bends !== null && bends !== undefined) {
      return [{ ...edge, back: false, points: [start, ...bends, end] }];
    }
    // Ways back to one place share the way up.
    const side = backTargets(level, placed).indexOf(units.to);
    const x = placed.width + side * BACK_WIDTH + BACK_WIDTH / 2;
    const down = (placed.corners.get(units.from)?.layerBottom ?? start.y) + BACK_DROP;
    const up = (placed.corners.get(units.to)?.layerTop ?? end.y) - BACK_DROP;
    const around = [
      { x: start.x, y: down },
      { x, y: down },
      { x, y: up },
      { x: end.x, y: up },
    ];
    return [{ ...edge, back: true, points: [start, ...around, end] }];
  });
}

const backTargets = (level: Level, placed: Placed): string[] => [
  ...new Set(level.edges.filter((_, index) => placed.bends[index] === null).map(({ to }) => to)),
];

const below = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height });
const above = ({ x, y, width }: Box): Point => ({ x: x + width / 2, y });

function inLane(id: string, title: string, content: Sheet): Sheet {
  const width = content.width + 2 * LANE_PADDING;
  const height = content.height + LANE_TITLE + LANE_PADDING + LAYER_GAP / 2;
  const sheet = moved(content, LANE_PADDING, LANE_TITLE + LAYER_GAP / 2);
  return { ...sheet, width, height, lanes: [{ id, title, x: 0, y: 0, width, height }, ...sheet.lanes] };
}

/** Ways of one group next to one another, all as tall as the tallest. */
function sideBySide(lanes: readonly Sheet[]): Sheet {
  const height = Math.max(0, ...lanes.map((lane) => lane.height));
  let x = 0;
  const sheets = lanes.map((lane) => {
    const [outer, ...inner] = lane.lanes;
    const tall = outer === undefined ? lane : { ...lane, lanes: [{ ...outer, height }, ...inner] };
    const sheet = moved(tall, x, 0);
    x += lane.width + LANE_GAP;
    return sheet;
  });
  return {
    width: Math.max(0, x - LANE_GAP),
    height,
    nodes: sheets.flatMap((sheet) => sheet.nodes),
    lanes: sheets.flatMap((sheet) => sheet.lanes),
    edges: sheets.flatMap((sheet) => sheet.edges),
  };
}

function moved(sheet: Sheet, dx: number, dy: number): Sheet {
  const move = <T extends Point>(place: T): T => ({ ...place, x: place.x + dx, y: place.y + dy });
  return {
    ...sheet,
    nodes: sheet.nodes.map(move),
    lanes: sheet.lanes.map(move),
    edges: sheet.edges.map((edge) => ({ ...edge, points: edge.points.map(move) })),
  };
}
