import type { SagaDiagram } from '#contracts/diagram.ts';

type Kind = SagaDiagram['nodes'][number]['kind'];

export const NODE_WIDTH = 236;
export const NODE_PADDING = 12;
export const LINE_HEIGHT = 20;
export const KIND_HEIGHT = 16;
export const AMENDS_HEIGHT = 28;
/** Letters that fit beside the mark, at 15 px; a letter of the page's font is 8 px wide at most on average. */
const LINE_CHARS = 21;
const AMENDS_CHARS = 26;
const LINES_MAX = 2;

/** What a node is, where its title does not say it. A step is what its title says. */
export const kindWords: Readonly<Record<Kind, string | null>> = {
  step: null,
  branch: 'Choice',
  timer: 'Wait',
  signal: 'Wait for news',
  task: 'Person',
  undo: 'Take back',
  parallel: 'Side by side',
  each: 'For each',
  loop: 'Again and again',
  join: 'Come together',
  child: 'Procedure of its own',
  model: 'Judged by a model',
  end: 'End',
  compensation: null,
};

export const sizeOf = (
  kind: Kind,
  lines: readonly string[],
  amends: string | null,
): { width: number; height: number } => ({
  width: NODE_WIDTH,
  height:
    2 * NODE_PADDING +
    (kindWords[kind] === null ? 0 : KIND_HEIGHT) +
    lines.length * LINE_HEIGHT +
    (amends === null ? 0 : AMENDS_HEIGHT),
});

/** A title in lines that fit the box; what does not fit is cut, and told in full to who asks. */
export function wrap(title: string, chars = LINE_CHARS, linesMax = LINES_MAX): string[] {
  const lines: string[] = [];
  let rest = title.trim();
  while (rest.length > chars && lines.length < linesMax - 1) {
    const space = rest.lastIndexOf(' ', chars);
    const end = space > 0 ? space : chars;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  return [...lines, cut(rest, chars)];
}

export const cutAmends = (title: string): string => cut(title, AMENDS_CHARS);
export const cut = (text: string, chars: number): string =>
  text.length <= chars ? text : `${text.slice(0, chars - 1).trimEnd()}…`;
