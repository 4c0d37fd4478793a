import type { Absence } from '#contracts/people.ts';
import { nowMs, serverNowMs } from '../data/clock.ts';
import { request } from '../data/http.ts';
import { isTechnician, session } from '../data/session.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Moment } from '../parts/age.tsx';
import { isNow } from './presence.ts';

/** Who is away now or later, and who covers. */
export function Absences({ absences, onChanged }: { absences: readonly Absence[]; onChanged: () => void }) {
  return (
    <section class="card">
      <h2>Absences</h2>
      {absences.length === 0 ? <p class="soft">Nobody is away, and nobody will be.</p> : null}
      <ul class="absences">
        {absences.map((absence) => (
          <li key={absence.absenceId} data-absence={absence.absenceId}>
            <p>
              <b>{absence.user}</b> {isNow(absence, nowMs.value) ? 'is away' : 'will be away'} from{' '}
              <Moment at={absence.from} /> to <Moment at={absence.to} />,{' '}
              {absence.coveredBy === null ? 'nobody covers' : `${absence.coveredBy} covers`}.
              {absence.note === null || absence.note === '' ? null : (
                <span class="soft"> “{absence.note}”</span>
              )}
            </p>
            {isTechnician.value || session.value?.user === absence.user ? (
              <EndButton absence={absence} onChanged={onChanged} />
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What has begun ends now and stays on record; what has not begun never was. */
function EndButton({ absence, onChanged }: { absence: Absence; onChanged: () => void }) {
  const path = `/people/absences/${encodeURIComponent(absence.absenceId)}`;
  const hasBegun = isNow(absence, nowMs.value);
  const end = async () => {
    const { user, from, coveredBy, note } = absence;
    if (hasBegun) {
      await request('PUT', path, {
        body: {
          user,
          from,
          to: new Date(serverNowMs()).toISOString(),
          ...(coveredBy === null ? {} : { coveredBy }),
          ...(note === null ? {} : { note }),
        },
      });
    } else await request('DELETE', path);
    onChanged();
  };
  return (
    <ActionButton icon={hasBegun ? 'check' : 'cross'} act={end}>
      {hasBegun ? 'Back again' : 'Remove'}
    </ActionButton>
  );
}
