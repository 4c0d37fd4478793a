import type { Interlock } from '#contracts/api.ts';

/**
 * A tag that is only unknown, as the gate tells it: "line-plc/e-stop-ok cannot be trusted: its device is not
 * connected (why)". Also before a reset, for what the stop was about.
 */
const UNREAD =
  /^(?:waiting for a reset after: )?([^\s/]+)\/\S+ (?:cannot be trusted: (.*)|has not been read yet)$/s;

/**
 * What stops, as a person reads it. The text of the site file tells what is wrong where the condition was seen to
 * fail; while its tag cannot be read nobody knows that, and the search has to begin at the device.
 */
export function causeWords({ id, text, reason }: Pick<Interlock, 'id' | 'text' | 'reason'>): string {
  const unread = UNREAD.exec(reason ?? '');
  if (unread === null) return text;
  const [, device = '', why = 'it has not been read yet'] = unread;
  return `${nameOf(id)} cannot be read: ${why.replace(/ \(.*$/s, '').replace(/^its device\b/, device)}`;
}

/** "e-stop-1" as "E-stop 1". */
const nameOf = (id: string): string =>
  id.replace(/-(\d+)$/, ' $1').replace(/^./, (letter) => letter.toUpperCase());
