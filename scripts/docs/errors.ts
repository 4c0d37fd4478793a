import { errorTable } from '#contracts/errors.ts';

/** The error reference, in the order of the table. */
export function errorReference(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { message, hint, retryable }]) =>
      `| \`${code}\` | ${message} | ${hint} | ${retryable ? 'yes' : 'no'} |`,
  );
  return [
    '# Errors',
    '',
    'Every fault the product expects. A code is never reused. Made from `contracts/errors/` by `npm run docs`.',
    '',
    '| code | what happened | what to do | trying again can help |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
