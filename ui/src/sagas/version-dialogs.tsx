import { useId, useState } from 'preact/hooks';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { takeOf } from './rollout-take.ts';

interface Props {
  readonly version: DefinitionVersion;
  readonly done: () => void;
  readonly onClose: () => void;
}

const PERCENT_USUAL = 10;

/** By whom it is tried: a share of all, or those with certain values, such as a dock. */
export function TryDialog({ version, done, onClose }: Props) {
  const [by, setBy] = useState<'share' | 'values'>('share');
  const [percent, setPercent] = useState(String(PERCENT_USUAL));
  const [field, setField] = useState('');
  const [values, setValues] = useState('');
  const take = takeOf(by, percent, values);
  const key = by === 'values' ? `input.${field.trim()}` : undefined;
  const keyed = key === undefined || /^input(\.[A-Za-z0-9_-]+)+$/.test(key);
  return (
    <ReasonDialog
      title={`Try version ${version.version} on some?`}
      lead="It is watched, and taken back by itself when it does worse than the old one."
      question="Why? It is kept with the trial."
      action="Begin the trial"
      keep="Not now"
      icon="branch"
      ready={take !== null && keyed}
      path="/rollouts"
      body={{ name: version.name, hash: version.hash, take, ...(key === undefined ? {} : { key }) }}
      done={done}
      onClose={onClose}
    >
      <div class="button-row">
        <Way words="A share of all" pressed={by === 'share'} act={() => setBy('share')} />
        <Way words="A zone, a dock, …" pressed={by === 'values'} act={() => setBy('values')} />
      </div>
      {by === 'share' ? (
        <Field label="Percent of the new ones" numeric value={percent} onChange={setPercent} />
      ) : (
        <>
          <Field label="Told apart by (name in what it is given)" value={field} onChange={setField} />
          <Field label="Values, with commas between" value={values} onChange={setValues} />
        </>
      )}
    </ReasonDialog>
  );
}

export function ShadowDialog({ version, done, onClose }: Props) {
  return (
    <ReasonDialog
      title={`Play version ${version.version} over what really happens?`}
      lead="It sends no command and changes nothing. It tells where it would have acted differently."
      question="Why? It is kept with what it tells."
      action="Begin the dry run"
      keep="Not now"
      icon="play"
      path="/shadows"
      body={{ name: version.name, hash: version.hash }}
      done={done}
      onClose={onClose}
    />
  );
}

const choices = {
  choose: {
    title: (version: number) => `Use version ${version} for all?`,
    lead: 'All new ones get it at once, without a trial. Those that run stay on theirs.',
    action: 'Use it for all',
    tone: 'danger',
  },
  keep: {
    title: (version: number) => `Keep version ${version}?`,
    lead: 'It stays, also when a later release brings another. That one can then be tried on some first.',
    action: 'Keep it',
    tone: 'primary',
  },
  follow: {
    title: () => 'Follow the releases again?',
    lead: 'New ones get the version of a release as soon as it is installed.',
    action: 'Follow them',
    tone: 'primary',
  },
} as const;
export type Choice = keyof typeof choices;

/** What all new ones get. The version of a release is followed by that of the next, unless it is kept. */
export function ChooseDialog({ version, choice, done, onClose }: Props & { readonly choice: Choice }) {
  const { title, lead, action, tone } = choices[choice];
  return (
    <ReasonDialog
      title={title(version.version)}
      lead={lead}
      question="Why? It is kept in the log."
      action={action}
      keep="Not now"
      tone={tone}
      icon="check"
      path={`/versions/${encodeURIComponent(version.name)}/current`}
      body={version.shipped && choice !== 'keep' ? {} : { hash: version.hash }}
      done={done}
      onClose={onClose}
    />
  );
}

function Way({ words, pressed, act }: { words: string; pressed: boolean; act: () => void }) {
  return (
    <button type="button" class="button button-neutral" aria-pressed={pressed} onClick={act}>
      {words}
    </button>
  );
}

function Field(props: { label: string; numeric?: true; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        inputMode={props.numeric === true ? 'decimal' : 'text'}
        value={props.value}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </div>
  );
}
