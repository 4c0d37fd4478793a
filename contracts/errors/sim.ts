import type { ErrorEntry } from './entry.ts';

export const simErrors = {
  DRV_SIM_MAP: {
    message: 'Floor map, line {line}: {problem}',
    hint: 'The octile format is: "type octile", "height h", "width w", "map", then h rows of w characters.',
    retryable: false,
  },
  DRV_SIM_PLACE: {
    message: 'Places: {problem}',
    hint: 'The simulated site needs one induct, at least one packing and one reject place.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
