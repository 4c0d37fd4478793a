import { ApplianceError } from '#contracts/errors.ts';
import type { ApiServices } from '../../appliance/api/index.ts';

const nobody = (sagaId: string) => Promise.reject(new ApplianceError('SAGA_NOT_FOUND', { sagaId }));
const none = (what: string) => (id: string) =>
  Promise.reject(new ApplianceError('ROLLOUT_NOT_FOUND', { what, id }));
const unknown = ({ name, hash }: { name: string; hash: string }) =>
  Promise.reject(new ApplianceError('ROLLOUT_VERSION_NOT_FOUND', { name, version: hash }));

/** A site on which no saga has ever run. */
export const restingSagas: Pick<ApiServices, 'sagas' | 'versions'> = {
  sagas: {
    search: async () => ({ sagas: [], next: null, count: null }),
    definitions: () => [],
    view: async () => undefined,
    diagram: (hash) => nobody(`definition ${hash}`),
    cancel: nobody,
  },
  versions: {
    list: async () => [],
    onChosen: () => () => {},
    choose: (name, hash) => unknown({ name, hash: hash ?? 'of this release' }),
    rollouts: {
      list: async () => [],
      start: unknown,
      promote: none('rollout of'),
      abort: none('rollout of'),
      onChanged: () => () => {},
    },
    shadows: { list: async () => [], start: unknown, end: none('shadow'), reports: async () => [] },
  },
};
