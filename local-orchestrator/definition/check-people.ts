import type { TaskPeople } from '#contracts/sagas.ts';
import type { Catalogue, CataloguePeople } from './catalogue.ts';
import type { Report } from './finding.ts';
import { reportName } from './report-name.ts';

type Path = readonly (string | number)[];

/** Whom a task asks and tells, against who is there to be asked and told. */
export function reportPeople(asked: TaskPeople, catalogue: Catalogue, report: Report): void {
  const { people } = catalogue;
  const one: Reporter = (word, name, path) => {
    if (name !== undefined && people !== undefined) reportPerson(word, name, people, path, report);
  };
  one('role', asked.role, ['people', 'role']);
  one('skill', asked.skill, ['people', 'skill']);
  // A zone that is computed is known when it is time.
  if (typeof asked.zone === 'string') one('zone', asked.zone, ['people', 'zone']);
  const channels = (names: readonly string[], path: Path) => {
    for (const [index, name] of names.entries()) {
      reportName('notification channel', name, catalogue.channels, [...path, index], report);
    }
  };
  channels(asked.notify ?? [], ['people', 'notify']);
  for (const [index, level] of (asked.escalation ?? []).entries()) {
    const path = ['people', 'escalation', index];
    one('role', level.role, [...path, 'role']);
    one('user', level.user, [...path, 'user']);
    channels(level.notify, [...path, 'notify']);
  }
}

type Reporter = (word: keyof typeof known, name: string | undefined, path: Path) => void;

const known = { role: 'roles', skill: 'skills', zone: 'zones', user: 'users' } as const satisfies Record<
  string,
  keyof CataloguePeople
>;

function reportPerson(
  word: keyof typeof known,
  name: string,
  people: CataloguePeople,
  path: Path,
  report: Report,
): void {
  reportName(word, name, people[known[word]], path, (at, _problem, cure) => {
    const problem = word === 'user' ? `nobody is called ${name}` : `nobody has the ${word} ${name}`;
    const add = word === 'user' ? 'Or enter them' : 'Or give it to somebody';
    report(at, problem, `${cure} ${add} under people in the site file.`);
  });
}
