import { mayAct } from '../data/session.ts';
import { DialogButton } from '../parts/dialog-button.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';

export function CancelSaga(props: { sagaId: string; title: string; done: () => unknown }) {
  if (!mayAct.value) return null;
  return (
    <DialogButton icon="cross" label="Cancel…">
      {(close) => (
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
          onClose={close}
        />
      )}
    </DialogButton>
  );
}
