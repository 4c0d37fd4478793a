import { useMemo, useRef, useState } from 'preact/hooks';
import type { CommandResult } from '#contracts/commands.ts';
import type { TaskRunbook } from '#contracts/runbooks.ts';
import { serverNowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { isTechnician, mayAct } from '../data/session.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { href } from '../router.ts';

type Action = TaskRunbook['actions'][number];

/** A command that has not begun after so long is dead: whoever pressed may have walked on. */
const EXPIRES_MS = 30_000;

/** An action that does not answer the task: it opens a page, calls somebody or does something to a machine. */
export function Help({
  action: { action, label, role, request, page },
  taskId,
}: {
  action: Action;
  taskId: string;
}) {
  if (page !== null) return <HelpLink to={page} words={label} />;
  if (request === null || !mayAct.value) return null;
  if (role === 'technician' && !isTechnician.value) return <ForTechnicians label={label} />;
  // Another input is written on the page of the dead letter, where the old one stands.
  if (action === 'edit-input') return <HelpLink to={href('dead-letters', taskId)} words={`${label}…`} />;
  return <HelpButton label={label} path={request.path} body={request.body} />;
}

const ForTechnicians = ({ label }: { label: string }) => (
  <p class="soft">
    {label}: <b>call a technician</b>
  </p>
);

function HelpButton(props: { label: string; path: string; body: Readonly<Record<string, unknown>> }) {
  const [said, setSaid] = useState('');
  const keys = useMemo(repeatKeys, []);
  // Until it was answered the same is sent again: the appliance then finds the first one and moves nothing twice.
  const unanswered = useRef<Readonly<Record<string, unknown>> | null>(null);
  const press = async () => {
    setSaid('');
    const isCommand = props.path === '/commands';
    const expiry = isCommand ? { expiresAtMs: serverNowMs() + EXPIRES_MS } : {};
    const body = unanswered.current ?? { ...props.body, ...expiry };
    unanswered.current = body;
    const answer = await post<{ result?: CommandResult }>(props.path, body, { idempotencyKey: keys(body) });
    unanswered.current = null;
    setSaid(answerWords(answer?.result));
  };
  return (
    <>
      <ActionButton icon="gear" act={press}>
        {props.label}
      </ActionButton>
      <p class="help-said" role="status">
        {said}
      </p>
    </>
  );
}

/** What became of it. A refusal of the gate is an answer, too. */
function answerWords(result: CommandResult | undefined): string {
  if (result === undefined) return 'The appliance has it.';
  switch (result.state) {
    case 'verified':
      return 'It is done.';
    case 'refused':
      return `It was refused: ${result.reason}.`;
    case 'failed':
      return `It failed: ${result.reason}.`;
    case 'expired':
      return `It came too late and was not done: ${result.reason}.`;
    case 'unknown':
      return `Nobody knows whether it was done: ${result.reason}. Go there and look.`;
  }
}

const HelpLink = ({ to, words }: { to: string; words: string }) => (
  <a class="button button-neutral" href={to}>
    <span>{words}</span>
    <Icon name="forward" />
  </a>
);
