import type { NodeView, SagaSummary, SagaView } from '#contracts/saga-api.ts';
import type { Words } from '../parts/words.ts';

export const statusWords: Readonly<Record<SagaSummary['status'], Words>> = {
  running: { word: 'Running', icon: 'play', level: 'normal' },
  compensating: { word: 'Being taken back', icon: 'undo', level: 'warning' },
  completed: { word: 'Done', icon: 'check', level: 'quiet' },
  compensated: { word: 'Failed, all taken back', icon: 'cross', level: 'critical' },
  cancelled: { word: 'Cancelled', icon: 'skip', level: 'quiet' },
};

export const isOver = (status: SagaSummary['status']): boolean =>
  status !== 'running' && status !== 'compensating';

export const nodeWords: Readonly<Record<NodeView['state'], Omit<Words, 'level'>>> = {
  idle: { word: 'not reached', icon: 'pause' },
  active: { word: 'now', icon: 'play' },
  waiting: { word: 'waits', icon: 'clock' },
  done: { word: 'done', icon: 'check' },
  failed: { word: 'failed', icon: 'cross' },
  undoing: { word: 'being taken back', icon: 'undo' },
  undone: { word: 'taken back', icon: 'undo' },
};

/** "unitCount" and "unit-count" as a person says it. */
export const keyWords = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]+/g, ' ')
    .toLowerCase()
    .replace(/^./, (letter) => letter.toUpperCase());

/** What a saga is about, shortest first said: its order, or what its definition is searched by. */
export const aboutWords = ({ attributes }: Pick<SagaSummary, 'attributes'>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${keyWords(name).toLowerCase()} ${value}`)
    .join(', ');

const PICK_ORDER = 'pick-order';
/** The order that a saga carries out; null when it is about something else. */
export const orderOf = ({
  name,
  correlationId,
}: Pick<SagaSummary, 'name' | 'correlationId'>): string | null =>
  name === PICK_ORDER ? correlationId : null;

/** Of the saga that began this one as its child; null when nobody did. */
export const parentOf = (sagaId: string): string | null => {
  const at = sagaId.lastIndexOf('/');
  return at > 0 ? sagaId.slice(0, at) : null;
};

/** The node to look at: where it is now; of what has ended its end, or else the last that was reached. */
export function focusOf({ nodes }: Pick<SagaView, 'nodes'>): string | null {
  const reached = nodes.filter(({ state }) => state !== 'idle');
  const shown =
    reached.findLast(({ state }) => state !== 'done') ??
    reached.findLast(({ kind }) => kind === 'end') ??
    reached.at(-1);
  return shown?.id ?? null;
}
