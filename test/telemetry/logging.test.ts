import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { createLog } from '../../appliance/telemetry/index.ts';

function captured(level = 'info') {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLog(level, sink), lines, entries: () => lines.map((line) => JSON.parse(line)) };
}

describe('the log', () => {
  test.each([
    'password',
    'token',
    'claimCode',
    'secret',
    'authorization',
    'cookie',
    'privateKey',
  ])('never shows a %s', (name) => {
    const { log, lines, entries } = captured();
    log.info({ [name]: 'hunter2', user: 'mia' }, 'signed in');
    log.child({ component: 'api' }).warn({ request: { [name]: 'hunter2' } }, 'refused');
    expect(lines.join('')).not.toContain('hunter2');
    expect(entries()).toMatchObject([
      { [name]: '[secret]', user: 'mia', msg: 'signed in' },
      { component: 'api', request: { [name]: '[secret]' } },
    ]);
  });

  test('is one JSON line per happening, with a time that sorts', () => {
    const { log, lines, entries } = captured();
    log.error({ text: 'two\nlines' }, 'first');
    log.info({}, 'second');
    expect(lines).toHaveLength(2);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    const [first] = entries();
    expect(first.time).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
    expect(first).toMatchObject({ level: 50, msg: 'first', text: 'two\nlines' });
  });

  test('tells an error with its code, hint and cause', () => {
    const { log, lines, entries } = captured();
    const error = new ApplianceError(
      'CFG_SECRET',
      { reference: 'env:REGION_TOKEN' },
      { cause: new Error('no such variable') },
    );
    log.error({ err: error }, 'no uplink');
    expect(entries()[0].err).toMatchObject({ code: 'CFG_SECRET', hint: error.hint });
    expect(lines[0]).toContain('no such variable');
  });

  test('leaves out what is below its level', () => {
    const { log, lines } = captured('warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    expect(lines).toHaveLength(1);
  });
});
