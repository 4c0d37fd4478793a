import { useId } from 'preact/hooks';

const REASON_MAX = 500;

/** Why somebody does what they do. */
export function ReasonField(props: {
  readonly question: string;
  readonly rows: number;
  readonly value: string;
  readonly onInput: (reason: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.question}</label>
      <textarea
        id={id}
        maxLength={REASON_MAX}
        rows={props.rows}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </div>
  );
}
