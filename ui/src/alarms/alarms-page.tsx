import type { Alarm } from '#contracts/api.ts';
import { post } from '../data/http.ts';
import { mayAct } from '../data/session.ts';
import { alarms } from '../data/site.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Age, Moment } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';
import { SeverityMark, severityRank } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { href } from '../router.ts';

/** New before seen, then by severity, then the latest first. */
export const sortAlarms = (rows: readonly Alarm[]): Alarm[] =>
  rows.toSorted(
    (a, b) =>
      Number(a.acknowledgedBy !== null) - Number(b.acknowledgedBy !== null) ||
      severityRank.indexOf(a.severity) - severityRank.indexOf(b.severity) ||
      b.raisedAt.localeCompare(a.raisedAt),
  );

export function AlarmsPage() {
  const rows = sortAlarms(alarms.value);
  const fresh = rows.filter((alarm) => alarm.acknowledgedBy === null).length;
  return (
    <>
      <PageHead
        title="Alarms"
        note={rows.length === 0 ? undefined : `${rows.length} active, ${fresh} not seen yet`}
      >
        <a class="button button-ghost" href={href('refusals')}>
          <Icon name="refusals" />
          <span>What was refused</span>
        </a>
      </PageHead>
      {rows.length === 0 ? (
        <Blank icon="check" title="No alarms">
          Everything that this site watches is as it should be.
        </Blank>
      ) : (
        <ul class="alarms" aria-label={plural(rows.length, 'alarm')}>
          {rows.map((alarm) => (
            <AlarmRow key={alarm.alarmId} alarm={alarm} />
          ))}
        </ul>
      )}
    </>
  );
}

function AlarmRow({ alarm }: { alarm: Alarm }) {
  const seen = alarm.acknowledgedBy !== null;
  return (
    <li class={`alarm alarm-${alarm.severity}${seen ? ' alarm-seen' : ''}`} data-alarm={alarm.alarmId}>
      <SeverityMark severity={alarm.severity} />
      <div class="alarm-main">
        <p class="alarm-text">{alarm.text}</p>
        <p>{alarm.hint}</p>
        <p class="soft small">
          {alarm.source}, since <Moment at={alarm.raisedAt} /> (<Age at={alarm.raisedAt} />)
        </p>
      </div>
      <div class="alarm-action">
        {seen ? (
          <p class="soft">
            <Icon name="check" size={20} /> seen by {alarm.acknowledgedBy}
          </p>
        ) : mayAct.value ? (
          <ActionButton
            icon="check"
            label={`Acknowledge: ${alarm.text}`}
            act={() => post(`/alarms/${encodeURIComponent(alarm.alarmId)}/acknowledge`)}
          >
            Acknowledge
          </ActionButton>
        ) : null}
      </div>
    </li>
  );
}
