import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from '#contracts/api.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Age, Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { PageHead } from '../parts/page-head.tsx';

const REFUSALS_MAX = 100;
/** Refusals are not in the live feed: this page asks for them while it is open. */
const REFRESH_MS = 5_000;

const intakeWords: Readonly<Record<string, string>> = {
  http: 'HTTP API',
  debezium: 'Debezium',
  replay: 'file replay',
  mqtt: 'MQTT',
};

export function RefusalsPage() {
  const [tick, setTick] = useState(0);
  const { resource, reload } = useResource<{ refusals: Refusal[] }>(
    `/refusals?limit=${REFUSALS_MAX}`,
    `${tick} ${isLive.value}`,
  );
  useEffect(() => {
    const timer = setInterval(() => setTick((turn) => turn + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const page =
    resource.state === 'ready' ? resource.value : resource.state === 'failed' ? resource.stale : null;
  return (
    <>
      <PageHead title="Refused" note="What came in and was not accepted: why, and what would help" />
      {resource.state === 'loading' ? <Loading rows={4} what="refusals" /> : null}
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {page === null ? null : page.refusals.length === 0 ? (
        <Blank icon="check" title="Nothing was refused">
          Everything that arrived could be read and accepted.
        </Blank>
      ) : (
        <ul class="refusals">
          {page.refusals.map((refusal, row) => (
            <RefusalRow key={`${refusal.at} ${refusal.key} ${row}`} refusal={refusal} />
          ))}
        </ul>
      )}
    </>
  );
}

function RefusalRow({ refusal }: { refusal: Refusal }) {
  return (
    <li class="refusal">
      <div class="refusal-key">
        <b>{refusal.key === '' ? 'not readable' : refusal.key}</b>
        <span class="soft small">
          by {intakeWords[refusal.intake] ?? refusal.intake}
          <br />
          <Moment at={refusal.at} /> (<Age at={refusal.at} />)
        </span>
      </div>
      <div>
        <p class="refusal-why">{refusal.reason}</p>
        <p>
          <b class="cure">What helps</b> {refusal.hint}
        </p>
        <p class="soft small">{refusal.code}</p>
      </div>
    </li>
  );
}
