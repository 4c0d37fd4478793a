import { type Failure, failureWords } from '../data/problem.ts';
import { Icon } from './icon.tsx';

/** What went wrong and what to do about it; `retry` when trying again can help. */
export function FailureNote({ failure, retry }: { failure: Failure; retry?: () => unknown }) {
  const { title, hint } = failureWords(failure);
  return (
    <div class="failure" role="alert">
      <Icon name="exclaim" />
      <div>
        <p class="failure-title">{title}</p>
        <p>{hint}</p>
        {failure.kind === 'problem' ? <p class="soft small">{failure.problem.code}</p> : null}
      </div>
      {retry === undefined ? null : (
        <button type="button" class="button button-neutral" onClick={() => void retry()}>
          <Icon name="retry" />
          <span>Try again</span>
        </button>
      )}
    </div>
  );
}
