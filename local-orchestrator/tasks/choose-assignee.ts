import type { Person } from '#contracts/people.ts';
import type { AssignmentPolicy } from '#contracts/sagas.ts';
import { type Roster, standIn } from './roster.ts';

export interface Wanted {
  readonly policy: AssignmentPolicy;
  readonly role: string;
  readonly skill: string | null;
  readonly zone: string | null;
  /** Who has had it already. */
  readonly without: readonly string[];
}

export interface Chosen {
  readonly user: string;
  /** Set when the person was chosen in the place of somebody who is away. */
  readonly covers: string | null;
  /** Whose turn it was, to be written down with the choice. */
  readonly turn: { readonly key: string; readonly user: string } | null;
}

/**
 * Whom a task is offered to by name; null when the policy names nobody or nobody fits, and the role is asked.
 *
 * A skill or a zone that is asked for is needed under every policy. Who holds a higher role only is not chosen: they
 * may help out, but it is not their work. Ties go to the name that comes first, so that the same question always
 * has the same answer.
 */
export function chooseAssignee(wanted: Wanted, roster: Roster): Chosen | null {
  if (wanted.policy === 'manual') return null;
  const candidates = candidatesOf(wanted, roster);
  if (wanted.policy === 'round-robin') return nextInTurn(wanted, candidates, roster);
  const [first] = candidates.toSorted((a, b) => roster.load(a.user) - roster.load(b.user));
  return first === undefined ? null : { ...first, turn: null };
}

type Candidate = Omit<Chosen, 'turn'>;

/** By name; each once, though several may be covered by the same. */
function candidatesOf(wanted: Wanted, roster: Roster): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const person of roster.people) {
    if (!fits(person, wanted)) continue;
    const user = standIn(roster, person.user);
    if (user === null || wanted.without.includes(user)) continue;
    const covers = user === person.user ? null : person.user;
    // Somebody who fits in their own right is not "covering".
    if (covers === null || !found.has(user)) found.set(user, { user, covers });
  }
  return [...found.values()].toSorted((a, b) => (a.user < b.user ? -1 : 1));
}

const fits = (person: Person, { role, skill, zone }: Wanted): boolean =>
  person.roles.includes(role) &&
  (skill === null || person.skills.includes(skill)) &&
  (zone === null || person.zones.includes(zone));

function nextInTurn(
  { role, skill, zone }: Wanted,
  candidates: readonly Candidate[],
  roster: Roster,
): Chosen | null {
  const key = [role, skill ?? '', zone ?? ''].join('|');
  const last = roster.lastTurn(key);
  const next = candidates.find(({ user }) => last !== undefined && user > last) ?? candidates[0];
  return next === undefined ? null : { ...next, turn: { key, user: next.user } };
}
