import { useState } from 'preact/hooks';
import type { DeadLetterDetail } from '#contracts/dead-letters.ts';
import type { Json } from '#contracts/sagas.ts';
import { isMissing } from '../data/problem.ts';
import { isTechnician } from '../data/session.ts';
import { isLive, tasks } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { href } from '../router.ts';
import { causeWords, doesWords } from './cause-words.ts';
import { Changes } from './changes.tsx';
import { changedLines, inputLines } from './input-lines.ts';
import { RedriveForm } from './redrive-form.tsx';

const back = { page: 'dead-letters', words: 'Back to all stuck work' } as const;

/** One piece of stuck work: what it was, why it stopped, and the way to let it go on. */
export function DeadLetterPage({ taskId }: { taskId: string }) {
  const [turn, setTurn] = useState(0);
  const isAsked = tasks.value.some((task) => task.taskId === taskId);
  const { resource, reload } = useResource<DeadLetterDetail>(
    `/dead-letters/${encodeURIComponent(taskId)}`,
    `${isAsked} ${isLive.value} ${turn}`,
  );
  const letter =
    resource.state === 'ready' ? resource.value : resource.state === 'failed' ? resource.stale : null;
  if (resource.state === 'failed' && letter === null && isMissing(resource.failure)) {
    return (
      <>
        <PageHead title="Stuck work" back={back} />
        <Blank icon="question" title="There is no such piece of work">
          It may be long over. What is stuck now is in the list.
        </Blank>
      </>
    );
  }
  return (
    <>
      <PageHead title={letter === null ? 'Stuck work' : titleOf(letter)} back={back} />
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {letter === null && resource.state === 'loading' ? <Loading rows={4} what="the piece of work" /> : null}
      {letter === null ? null : <Letter letter={letter} onChanged={() => setTurn(turn + 1)} />}
    </>
  );
}

const titleOf = ({ role, title }: DeadLetterDetail): string =>
  role === 'compensation' ? `Undo: ${title}` : title;

function Letter({ letter, onChanged }: { letter: DeadLetterDetail; onChanged: () => void }) {
  const isOpen = letter.closedAt === null;
  const { does } = causeWords[letter.cause];
  return (
    <div class="letter-page">
      <section class="card">
        <p>
          {isOpen ? (
            <Mark level="warning" icon="exclaim">
              {causeWords[letter.cause].word}
            </Mark>
          ) : (
            <Mark level="quiet" icon="check">
              {causeWords[letter.cause].word}; it is dealt with
            </Mark>
          )}
        </p>
        <p class="letter-reason">{letter.reason}</p>
        <Facts letter={letter} />
        {isOpen ? (
          <a class="row-link row-link-warning" href={href('tasks', letter.taskId)}>
            <Icon name="user" />
            <span>Its task: what to do, and the answers</span>
            <Icon name="forward" />
          </a>
        ) : (
          <Closed letter={letter} />
        )}
      </section>
      <section class="card">
        <h2>What it was given</h2>
        <dl class="facts">
          {inputLines(letter.input as Json).map(({ label, value }) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      </section>
      {isOpen && isTechnician.value ? (
        <section class="card" aria-label="Let it go on">
          <h2>Let it go on</h2>
          <p>{doesWords[does].one}</p>
          <RedriveForm letter={letter} mayEdit={does !== 'ask'} onDone={onChanged} />
        </section>
      ) : null}
    </div>
  );
}

function Facts({ letter }: { letter: DeadLetterDetail }) {
  const { device, attempts, openedAt, definition, sagaId, activity } = letter;
  return (
    <dl class="facts">
      <dt>Device</dt>
      <dd>{device ?? 'none: work of the site itself'}</dd>
      <dt>Procedure</dt>
      <dd>
        <a href={href('sagas', sagaId)}>{definition}</a>
      </dd>
      <dt>Work</dt>
      <dd>{activity === '' ? 'a step of the procedure' : activity.split('@')[0]}</dd>
      <dt>Attempts</dt>
      <dd class="number">{attempts}</dd>
      <dt>Stuck since</dt>
      <dd>
        <Moment at={openedAt} />
      </dd>
    </dl>
  );
}

function Closed({ letter }: { letter: DeadLetterDetail }) {
  const { closedAt, closedBy, note, input, inputAfter } = letter;
  const changes = inputAfter === null ? [] : changedLines(input as Json, inputAfter as Json);
  return (
    <div class="answer answer-confirmed">
      <Icon name="check" />
      <div>
        <p>
          {closedBy === null ? 'It is no longer needed' : `Decided by ${closedBy}`}
          {closedAt === null ? null : (
            <>
              {' '}
              at <Moment at={closedAt} />
            </>
          )}
          .
        </p>
        {note === null || note === '' ? null : <p>“{note}”</p>}
        <Changes changes={changes} />
      </div>
    </div>
  );
}
