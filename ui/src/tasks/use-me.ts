import type { PersonStatus } from '#contracts/people.ts';
import { mayAct, session } from '../data/session.ts';
import { useResource } from '../data/use-resource.ts';
import type { Me } from './filter-tasks.ts';

/** Duties such as shift-lead are known to the site, not to the session. Without them the role alone counts. */
export function useMe(): Me {
  const { resource } = useResource<{ people: PersonStatus[] }>(mayAct.value ? '/people' : null);
  const { user = '', role = 'viewer' } = session.value ?? {};
  const duties =
    resource.state === 'ready' ? resource.value.people.find((one) => one.user === user)?.roles : undefined;
  return { user, roles: [role, ...(duties ?? [])] };
}
