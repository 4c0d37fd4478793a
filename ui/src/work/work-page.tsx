import { useMemo, useState } from 'preact/hooks';
import type { Floor } from '#contracts/api.ts';
import type { WorkKind, WorkStarted } from '#contracts/work.ts';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { mayAct } from '../data/session.ts';
import { isLive, robots } from '../data/site.ts';
import { usePolled } from '../data/use-polled.ts';
import { FormFields } from '../forms/form-fields.tsx';
import { useForm } from '../forms/use-form.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Blank } from '../parts/blank.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { goTo } from '../router.ts';
import { type Known, workField } from './work-fields.ts';

/** What can be begun changes with the site file and the versions in use only. */
const REFRESH_MS = 60_000;

const shipped: Readonly<Record<string, { icon: IconName; words: string }>> = {
  putaway: { icon: 'tote', words: 'Goods have come in: they are brought to a rack with room.' },
  replenish: { icon: 'retry', words: 'A rack is filled up from the reserves.' },
  'cycle-count': { icon: 'orders', words: 'A place is closed and counted; what differs is approved.' },
  'robot-recovery': { icon: 'robot', words: 'A robot is taken out of work, fetched, and put back.' },
};

/** Work that a person begins: putting away, replenishing, counting, and what the site has written itself. */
export function WorkPage() {
  const [chosen, setChosen] = useState<WorkKind | null>(null);
  const kinds = usePolled<{ work: WorkKind[] }>('/work', REFRESH_MS);
  const floor = usePolled<Floor>('/floor', REFRESH_MS);
  const known = {
    places: floor.value?.places ?? [],
    robots: robots.value.map(({ robotId }) => robotId),
  };
  return (
    <>
      <PageHead title="Begin work" note="What does not begin by itself." />
      <Fetched from={kinds} what="what can be begun" rows={4}>
        {({ work }) =>
          work.length === 0 ? (
            <Blank icon="play" title="Nothing here is begun by hand" />
          ) : (
            <ul class="work-kinds">
              {work.map((kind) => (
                <li key={kind.saga} class="card work-kind" data-work={kind.saga}>
                  <Icon name={shipped[kind.saga]?.icon ?? 'procedure'} size={36} />
                  <div>
                    <h2>{kind.title}</h2>
                    <p class="soft">{shipped[kind.saga]?.words ?? 'Written for this site.'}</p>
                  </div>
                  {mayAct.value ? (
                    <button
                      type="button"
                      class="button button-neutral"
                      aria-label={`Begin: ${kind.title}`}
                      disabled={!isLive.value || floor.resource.state === 'loading'}
                      onClick={() => setChosen(kind)}
                    >
                      <Icon name="play" />
                      <span>Begin</span>
                    </button>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Fetched>
      {chosen === null ? null : <BeginDialog kind={chosen} known={known} onClose={() => setChosen(null)} />}
    </>
  );
}

function BeginDialog({ kind, known, onClose }: { kind: WorkKind; known: Known; onClose: () => void }) {
  // The field must stay the same while it is filled in, whatever robots come and go.
  const [field] = useState(() => workField(kind, known));
  const form = useForm(field);
  const keys = useMemo(repeatKeys, []);
  const begin = async () => {
    const { value, problems } = form.read();
    if (problems.length > 0) return;
    const body = { input: value ?? {} };
    const { sagaId } = await post<WorkStarted>(`/work/${encodeURIComponent(kind.saga)}`, body, {
      idempotencyKey: keys(body),
    });
    onClose();
    goTo('sagas', sagaId);
  };
  return (
    <Dialog title={kind.title} onClose={onClose}>
      <div class="form">
        <FormFields field={field} draft={form.draft} onChange={form.change} problems={form.problems} />
      </div>
      <div class="dialog-actions">
        <ActionButton tone="primary" icon="play" act={begin}>
          Begin
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={onClose}>
          Back
        </button>
      </div>
    </Dialog>
  );
}
