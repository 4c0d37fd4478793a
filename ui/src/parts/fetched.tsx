import type { ComponentChildren } from 'preact';
import type { Polled } from '../data/use-polled.ts';
import { Loading } from './blank.tsx';
import { FailureNote } from './failure-note.tsx';

/** What was fetched, while it is fetched, and why it could not be; what was known before stays in sight. */
export function Fetched<T>(props: {
  readonly from: Polled<T>;
  readonly what: string;
  readonly rows?: number;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { resource, value, reload } = props.from;
  return (
    <>
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {resource.state === 'loading' ? <Loading rows={props.rows ?? 3} what={props.what} /> : null}
      {value === null ? null : props.children(value)}
    </>
  );
}
