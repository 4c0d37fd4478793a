import { useState } from 'preact/hooks';
import { mayAct } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { Icon } from '../parts/icon.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';

export function CancelSaga(props: { sagaId: string; title: string; done: () => unknown }) {
  const [open, setOpen] = useState(false);
  if (!mayAct.value) return null;
  return (
    <>
      <button
        type="button"
        class="button button-neutral"
        disabled={!isLive.value}
        onClick={() => setOpen(true)}
      >
        <Icon name="cross" />
        <span>Cancel…</span>
      </button>
      {open ? (
        <ReasonDialog
          title={`Cancel “${props.title}”?`}
          lead="What it has done so far is taken back, the last first. That may take a while."
          question="Why? It is kept with the procedure."
          action="Cancel it"
          keep="Let it go on"
          tone="danger"
          icon="cross"
          path={`/sagas/${encodeURIComponent(props.sagaId)}/cancel`}
          done={props.done}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
