import type { Person, PersonConfig } from '#contracts/people.ts';
import type { Identity } from './identity/index.ts';

/** The users of the site as tasks see them: the role that identity knows, with what the site file says of them. */
export function sitePeople(identity: Identity, configs: readonly PersonConfig[]): readonly Person[] {
  const known = new Map(configs.map((config) => [config.user, config]));
  return identity.listUsers().map(({ name, role }) => {
    const { roles = [], skills = [], zones = [], shifts = [] } = known.get(name) ?? {};
    return { user: name, roles: [role, ...roles], skills, zones, shifts };
  });
}
