import { useEffect, useState } from 'preact/hooks';
import type { DefinitionVersion, Rollout, Shadow } from '#contracts/rollout.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { type Resource, useResource } from '../data/use-resource.ts';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { RolloutCard, RolloutPast } from './rollout-card.tsx';
import { kindsOf, type SagaKind } from './saga-kinds.ts';
import { ShadowCard } from './shadow-card.tsx';
import { VersionTable } from './version-table.tsx';

/** Figures of a trial move with every procedure that ends. */
const REFRESH_MS = 5_000;

/** Which version of a procedure new ones get, what is tried beside it, and what another would have done. */
export function VersionsPage() {
  const [tick, setTick] = useState(0);
  const version = `${isLive.value} ${tick}`;
  const versions = useResource<{ versions: DefinitionVersion[] }>('/versions', version);
  const rollouts = useResource<{ rollouts: Rollout[] }>('/rollouts', version);
  const shadows = useResource<{ shadows: Shadow[] }>('/shadows', version);
  const refresh = () => setTick((turn) => turn + 1);
  useEffect(() => {
    if (!isLive.value) return;
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [isLive.value]);
  const [list, trials, played] = [
    shownOf(versions.resource),
    shownOf(rollouts.resource),
    shownOf(shadows.resource),
  ];
  const failed = [versions, rollouts, shadows]
    .map(({ resource }) => resource)
    .find(({ state }) => state === 'failed');
  return (
    <>
      <PageHead
        title="Versions and trials"
        note="A procedure that runs stays on its version until it ends."
      />
      {failed?.state === 'failed' ? <FailureNote failure={failed.failure} retry={refresh} /> : null}
      {isTechnician.value ? null : (
        <p class="notice">You can look. Trying and choosing versions is a technician’s business.</p>
      )}
      {list === null || trials === null || played === null ? (
        failed === undefined ? (
          <Loading rows={5} what="the versions" />
        ) : null
      ) : list.versions.length === 0 ? (
        <Blank icon="branch" title="No procedures here">
          They come with a release, or as files of the site.
        </Blank>
      ) : (
        triedFirst(kindsOf(list.versions), trials.rollouts, played.shadows).map((kind) => (
          <Kind
            key={kind.name}
            kind={kind}
            rollouts={trials.rollouts.filter(({ name }) => name === kind.name)}
            shadows={played.shadows.filter(({ name }) => name === kind.name)}
            done={refresh}
          />
        ))
      )}
    </>
  );
}

/** What is being tried is what somebody came to look at. */
function triedFirst(
  kinds: readonly SagaKind[],
  ...tries: readonly (readonly { readonly name: string; readonly state: string }[])[]
): SagaKind[] {
  const tried = new Set(tries.flat().flatMap(({ name, state }) => (state === 'running' ? [name] : [])));
  return kinds.toSorted((a, b) => Number(tried.has(b.name)) - Number(tried.has(a.name)));
}

function shownOf<T>(resource: Resource<T>): T | null {
  if (resource.state === 'ready') return resource.value;
  return resource.state === 'failed' ? resource.stale : null;
}

function Kind(props: {
  kind: SagaKind;
  rollouts: readonly Rollout[];
  shadows: readonly Shadow[];
  done: () => void;
}) {
  const { kind, rollouts, shadows, done } = props;
  const trial = rollouts.find(({ state }) => state === 'running');
  const past = rollouts.filter(({ state }) => state !== 'running');
  return (
    <section class="card kind" aria-label={kind.title} data-kind={kind.name}>
      <header class="kind-head">
        <h2>{kind.title}</h2>
        <p class="soft">
          {plural(kind.versions.length, 'version')}, <span class="number">{kind.running}</span> running
        </p>
      </header>
      {trial === undefined ? null : <RolloutCard rollout={trial} versions={kind.versions} done={done} />}
      {shadows
        .filter(({ state }) => state === 'running')
        .map((shadow) => (
          <ShadowCard key={shadow.shadowId} shadow={shadow} versions={kind.versions} done={done} />
        ))}
      <VersionTable kind={kind} busy={trial !== undefined} shadows={shadows} done={done} />
      <RolloutPast rollouts={past} versions={kind.versions} />
    </section>
  );
}
