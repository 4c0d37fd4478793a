/** A reason stands in one line of a table, an alarm and an event. */
const REASON_LENGTH_MAX = 160;

/** What the library and the system below it say, the most telling first. */
const known: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [
    /rejected by server: (BadCertificateUntrusted|BadSecurityChecksFailed)/,
    (_, status) => `the server does not trust our certificate (${status})`,
  ],
  [/rejected by server: (\w+)/, (_, status) => `the server refused the connection (${status})`],
  [/ECONNREFUSED/, () => 'the connection was refused: nothing listens at this address and port'],
  [/ENOTFOUND|EAI_AGAIN/, () => 'the host was not found'],
  [/EHOSTUNREACH|ENETUNREACH/, () => 'there is no way to the host in the network'],
  [/ETIMEDOUT/, () => 'no answer from the host'],
  // The library ends a silent socket itself, and then tells it like one that broke.
  [
    /timeout was = (\d+) ms\) hadErrortrue/,
    (_, ms) => `no answer within ${seconds(ms)}, or the connection broke`,
  ],
  [/hadErrorfalse|ECONNRESET|EPIPE|ECONNABORTED|has been aborted/, () => 'the connection was closed'],
  [/time(?:d )?out\D*= (\d+)/i, (_, ms) => `no answer within ${seconds(ms)}`],
  [/premature/, () => 'the connection was closed'],
];

const seconds = (ms = ''): string => `${Number(ms) / 1_000} s`;

/** Why a connection did not come about, in words; undefined when this is no such error. */
export function connectionReason(message: string): string | undefined {
  for (const [pattern, words] of known) {
    const found = pattern.exec(message);
    if (found !== null) return words(...found);
  }
  return undefined;
}

/** What nobody foresaw: one line of bounded length. */
export function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length <= REASON_LENGTH_MAX ? line : `${line.slice(0, REASON_LENGTH_MAX - 1)}…`;
}
