import { useState } from 'preact/hooks';
import type { Absence, PersonStatus } from '#contracts/people.ts';
import { nowMs } from '../data/clock.ts';
import { isTechnician, mayAct } from '../data/session.ts';
import { isLive, tasks } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { AbsenceDialog } from './absence-dialog.tsx';
import { Absences } from './absences.tsx';
import { Channels } from './channels.tsx';
import { NoticeList } from './notice-list.tsx';
import { type Presence, presenceOf } from './presence.ts';

/** Who is there, who is away, and whether notices reach them. */
export function PeoplePage() {
  return mayAct.value ? (
    <People />
  ) : (
    <>
      <PageHead title="People" />
      <Blank icon="user" title="Only those who work here see who is there">
        You are signed in as a viewer. Ask an administrator of this site for another role.
      </Blank>
    </>
  );
}

function People() {
  const [isEntering, setEntering] = useState(false);
  const [turn, setTurn] = useState(0);
  const changed = () => setTurn(turn + 1);
  // Who has what changes with the tasks.
  const version = `${turn} ${isLive.value} ${tasks.value.map((task) => `${task.taskId} ${task.claimedBy} ${task.assignee}`).join()}`;
  const people = useResource<{ people: PersonStatus[] }>('/people', version);
  const away = useResource<{ absences: Absence[] }>('/people/absences', version);
  const rows = shownOf(people.resource)?.people;
  const absences = shownOf(away.resource)?.absences ?? [];
  const there = (rows ?? []).filter(
    (person) => presenceOf(person, absences, nowMs.value).is === 'there',
  ).length;
  return (
    <>
      <PageHead
        title="People"
        note={rows === undefined || rows.length === 0 ? undefined : `${there} of ${rows.length} there now`}
      >
        <button
          type="button"
          class="button button-neutral"
          disabled={!isLive.value}
          onClick={() => setEntering(true)}
        >
          <Icon name="plus" />
          <span>Enter an absence…</span>
        </button>
      </PageHead>
      {people.resource.state === 'failed' ? (
        <FailureNote failure={people.resource.failure} retry={people.reload} />
      ) : null}
      {people.resource.state === 'loading' ? <Loading rows={4} what="the people" /> : null}
      {rows === undefined ? null : <PersonList people={rows} absences={absences} />}
      {away.resource.state === 'failed' ? (
        <FailureNote failure={away.resource.failure} retry={away.reload} />
      ) : (
        <Absences absences={absences} onChanged={changed} />
      )}
      {isTechnician.value ? <Channels version={version} /> : null}
      <NoticeList />
      {isEntering ? (
        <AbsenceDialog people={rows ?? []} onClose={() => setEntering(false)} onDone={changed} />
      ) : null}
    </>
  );
}

const shownOf = <T,>(resource: ReturnType<typeof useResource<T>>['resource']): T | undefined => {
  if (resource.state === 'ready') return resource.value;
  return resource.state === 'failed' ? (resource.stale ?? undefined) : undefined;
};

function PersonList({ people, absences }: { people: readonly PersonStatus[]; absences: readonly Absence[] }) {
  if (people.length === 0) {
    return (
      <Blank icon="user" title="The site knows nobody by name">
        Tasks go to everybody of a role. People are told to the site in its file, under “people”.
      </Blank>
    );
  }
  return (
    <ul class="people">
      {people
        .map((person) => ({ person, presence: presenceOf(person, absences, nowMs.value) }))
        .toSorted(
          (a, b) => rank[a.presence.is] - rank[b.presence.is] || a.person.user.localeCompare(b.person.user),
        )
        .map(({ person, presence }) => (
          <li key={person.user} class="person" data-person={person.user}>
            <p class="person-name">{person.user}</p>
            <PresenceMark presence={presence} />
            <p class={person.openTasks === 0 ? 'soft' : ''}>{plural(person.openTasks, 'open task')}</p>
            <p class="soft small">{[...person.roles, ...person.skills, ...person.zones].join(', ')}</p>
          </li>
        ))}
    </ul>
  );
}

const rank = { there: 0, 'off-shift': 1, away: 2 } as const;

function PresenceMark({ presence }: { presence: Presence }) {
  switch (presence.is) {
    case 'there':
      return (
        <p>
          <Mark level="normal" icon="check">
            On duty
          </Mark>
        </p>
      );
    case 'off-shift':
      return (
        <p>
          <Mark level="quiet" icon="clock">
            Not on shift
          </Mark>
        </p>
      );
    case 'away': {
      const { to, coveredBy } = presence.absence;
      return (
        <p>
          <Mark level="notice" icon="exit">
            Away until <Moment at={to} />
          </Mark>{' '}
          <span class="soft">{coveredBy === null ? 'nobody covers' : `${coveredBy} covers`}</span>
        </p>
      );
    }
  }
}
