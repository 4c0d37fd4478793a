import { useState } from 'preact/hooks';
import type { Json } from '#contracts/sagas.ts';
import type { Failure } from '../data/problem.ts';
import { type Draft, draftOf, type FieldProblem, type Reading, readDraft } from './draft.ts';
import type { Field } from './field.ts';

export interface Form {
  readonly field: Field;
  readonly draft: Draft;
  readonly isTouched: boolean;
  readonly problems: readonly FieldProblem[];
  change(draft: Draft): void;
  /** Reads the controls, and shows nothing of what is wrong: while somebody still writes. */
  peek(): Reading;
  /** Reads the controls; what is wrong is shown at its place. */
  read(): Reading;
  /** Shows a refusal of the appliance at its field; `under` is where the answer stands in what was sent. */
  refused(failure: Failure, under: string): void;
}

/** The state of a form; the field must stay the same as long as the form is open. */
export function useForm(field: Field, value?: Json): Form {
  const [draft, setDraft] = useState<Draft>(() => draftOf(field, value));
  const [isTouched, setTouched] = useState(false);
  const [problems, setProblems] = useState<readonly FieldProblem[]>([]);
  return {
    field,
    draft,
    isTouched,
    problems,
    change(next) {
      setDraft(next);
      setTouched(true);
      setProblems([]);
    },
    peek: () => readDraft(field, draft),
    read() {
      const reading = readDraft(field, draft);
      setProblems(reading.problems);
      return reading;
    },
    refused(failure, under) {
      if (failure.kind !== 'problem') return;
      const { field: place, title } = failure.problem;
      if (place?.startsWith(under)) setProblems([{ pointer: place.slice(under.length), problem: title }]);
    },
  };
}
