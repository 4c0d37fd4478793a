import { ApplianceError } from '#contracts/errors.ts';
import { roles } from '#contracts/site-file.ts';
import { suggest } from '#contracts/suggest.ts';
import type { ApiServices } from './services.ts';

/**
 * What a list may be filtered by. Asked only when nothing of that name was found: what has left the site may still
 * be looked up, and a name that was misspelled is no empty list. Without a name nothing is compared.
 *
 * Errors: API_INVALID, with the name that was probably meant.
 */
export interface KnownNames {
  saga(field: string, name: string | undefined): Promise<void>;
  /** How the hash of a version begins. */
  version(field: string, hash: string | undefined): Promise<void>;
  step(field: string, id: string | undefined): void;
  /** `name=value`, of which the name is compared. */
  attributes(field: string, attributes: readonly string[]): void;
  role(field: string, role: string | undefined): void;
  device(field: string, capability: string | undefined): void;
}

type Services = Pick<ApiServices, 'versions' | 'sagas' | 'people' | 'siteFile'>;

export function createKnownNames({ versions, sagas, people, siteFile }: Services): KnownNames {
  return {
    async saga(field, name) {
      if (name === undefined) return;
      // Also those that were here once: their figures are kept.
      const stored = (await versions.list()).map((version) => version.name);
      refuse(field, 'saga', name, [...stored, ...sagas.definitions().map((one) => one.name)]);
    },
    async version(field, hash) {
      if (hash === undefined) return;
      if ((await versions.list()).some((version) => version.hash.startsWith(hash))) return;
      throw invalid(field, `no version begins with ${hash}`, 'List them: GET /api/v1/versions.');
    },
    step(field, id) {
      const ids = sagas.definitions().flatMap(({ nodes }) => Object.keys(nodes));
      if (id !== undefined) refuse(field, 'step', id, ids);
    },
    attributes(field, attributes) {
      const names = sagas.definitions().flatMap(({ search }) => Object.keys(search ?? {}));
      for (const one of attributes) refuse(field, 'search attribute', one.slice(0, one.indexOf('=')), names);
    },
    role(field, role) {
      const held = people.people().flatMap((person) => person.roles);
      if (role !== undefined) refuse(field, 'role', role, [...roles, ...held]);
    },
    device(field, capability) {
      const ids = siteFile.devices.flatMap(({ capabilities }) => capabilities.map(({ id }) => id));
      if (capability !== undefined) refuse(field, 'device', capability, ids);
    },
  };
}

const NAMES_SHOWN_MAX = 20;

function refuse(field: string, what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const meant = suggest(name, known);
  const all = [...new Set(known)].slice(0, NAMES_SHOWN_MAX).join(', ');
  const cure = all === '' ? `The site has no ${what}.` : `Known are: ${all}.`;
  throw invalid(field, `there is no ${what} ${name}`, meant === undefined ? cure : `Did you mean ${meant}?`);
}

const invalid = (field: string, problem: string, cure: string) =>
  new ApplianceError('API_INVALID', { field, problem, cure });
