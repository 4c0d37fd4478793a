import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '#contracts/dead-letters.ts';
import { type RunbookAction, runbookActions } from '#contracts/runbooks.ts';
import { deadLetterCauses } from '#contracts/sagas.ts';
import { buttons } from '../../local-orchestrator/decide/hold.ts';
import { decisionsOf, isDecision } from '../../local-orchestrator/runbooks/decisions.ts';
import { parseRunbook } from '../../local-orchestrator/runbooks/parse-runbook.ts';
import {
  readRunbooks,
  runbookDeadlineMs,
  shippedRunbook,
  shippedRunbooks,
  writeShippedRunbooks,
} from '../../local-orchestrator/runbooks/runbook-folder.ts';
import { taskRunbook } from '../../local-orchestrator/runbooks/task-runbook.ts';
import { temporaryFolder } from './site.ts';

const good = shippedRunbook('not-retryable');
const withHead = (head: string, body = '1. Look.\n') => `---\n${head}\n---\n${body}`;
const problems = (text: string) => {
  const parsed = parseRunbook(text, 'not-retryable');
  return parsed.ok ? [] : parsed.mistakes;
};

describe('each cause', () => {
  test.each([
    ...deadLetterCauses,
  ])('%s has a runbook with steps, a deadline and something to press', (cause) => {
    const runbook = shippedRunbooks()[cause];
    expect(runbook.cause).toBe(cause);
    expect(runbook.steps.length).toBeGreaterThanOrEqual(3);
    expect(runbook.deadlineMinutes).toBeGreaterThan(0);
    // One of them ends the waiting: a runbook that only looks leads nowhere.
    expect(runbook.actions.some((action) => typeof action === 'string' && isDecision(action))).toBe(true);
    expect(runbookDeadlineMs(shippedRunbooks(), cause)).toBe(runbook.deadlineMinutes * 60_000);
  });

  test('is answered by the buttons that its task really has', () => {
    expect(deadLetterCauses.map((cause) => [cause, buttonsOf(cause)])).toEqual(
      deadLetterCauses.map((cause) => [cause, [...decisionsOf(cause)].sort()]),
    );
  });

  test('is all that has a deadline of a runbook', () => {
    expect(runbookDeadlineMs(shippedRunbooks(), 'wrong-sku')).toBeNull();
  });
});

/** Of the task about a step that can be assumed, and of the one about its amends. */
function buttonsOf(cause: (typeof deadLetterCauses)[number]): string[] {
  const spec = {
    title: 'Work',
    assume: 1,
    activity: { name: 'a', version: 1, via: 'local', effect: 'neither' },
  };
  const node = { kind: 'step', ...spec, compensation: spec };
  const draft = { node: () => node, work: () => spec, definition: { nodes: { n: node } } };
  const ids = (['action', 'compensation'] as const).flatMap((role) =>
    buttons(draft as never, { at: 'work', node: 'n', role } as never, cause).map(({ id }) => id),
  );
  return [...new Set(ids)].sort();
}

describe('a runbook', () => {
  test('is read with its head and its steps, also where lines are wrapped or end as on Windows', () => {
    const text = withHead(
      'title: It failed\ndeadlineMinutes: 5\nactions: [retry, { call: shift-lead }]',
      '\n1. Look at it,\n   from both sides.\n2) Press.\n- And go on.\n',
    );
    for (const variant of [text, text.replaceAll('\n', '\r\n')]) {
      expect(parseRunbook(variant, 'not-retryable')).toEqual({
        ok: true,
        runbook: {
          cause: 'not-retryable',
          title: 'It failed',
          deadlineMinutes: 5,
          actions: ['retry', { call: 'shift-lead' }],
          steps: ['Look at it, from both sides.', 'Press.', 'And go on.'],
        },
      });
    }
  });

  const head = 'title: It failed\ndeadlineMinutes: 5\nactions: [retry]';
  test.each([
    ['no head', '1. Look.\n', 1, /head is missing/, /deadlineMinutes/],
    [
      'an action nobody knows',
      withHead(head.replace('retry', 'reboot')),
      4,
      /no action "reboot"/,
      /Write one of: retry/,
    ],
    [
      'a button the task lacks',
      withHead(head.replace('retry', 'ask')),
      4,
      /no button "ask"/,
      /retry, by-hand, skip, cancel/,
    ],
    ['no deadline', withHead('title: It failed\nactions: [retry]'), 2, /"deadlineMinutes" is missing/, /Add/],
    ['a deadline of nothing', withHead(head.replace('5', '0')), 3, /deadlineMinutes/, /1 to 10080/],
    ['nothing to press', withHead(head.replace('[retry]', '[]')), 4, /actions/, /1 to 12/],
    [
      'an entry nobody knows',
      withHead(`${head}\nowner: ann`),
      5,
      /no entry "owner"/,
      /title, deadlineMinutes, actions/,
    ],
    ['broken YAML', withHead('title: "It failed\ndeadlineMinutes: 5'), 3, /./, /quotes/],
    ['no steps', withHead(head, '\n'), 7, /no steps/, /as a list/],
    ['text that is no step', withHead(head, '1. Look.\nThen wait.\n'), 7, /"Then wait." is no step/, /1\. /],
  ])('with %s is refused by line, with what to write', (_, text, line, problem, cure) => {
    const [first] = problems(text);
    expect(first?.problem).toMatch(problem);
    expect(first?.cure).toMatch(cure);
    expect(first?.line).toBe(line);
  });
});

describe('the folder of a site', () => {
  const folder = () => temporaryFolder();

  test('without runbooks has those that are shipped', () => {
    const { runbooks, findings } = readRunbooks(folder(), []);
    expect(findings).toEqual([]);
    expect(runbooks).toEqual(shippedRunbooks());
  });

  test('gets the shipped ones to begin with, and keeps what it has', () => {
    const site = folder();
    mkdirSync(join(site, 'runbooks'));
    const own = good.replace(/^title: .*$/m, 'title: Ours');
    writeFileSync(join(site, 'runbooks', 'not-retryable.md'), own);
    expect(writeShippedRunbooks(site)).toHaveLength(deadLetterCauses.length - 1);
    const { runbooks, findings } = readRunbooks(site, []);
    expect(findings).toEqual([]);
    expect(runbooks['not-retryable'].title).toBe('Ours');
    expect(writeShippedRunbooks(site)).toEqual([]);
  });

  test('with a missing, a strange and a broken one tells all three; the shipped ones stand in', () => {
    const site = folder();
    writeShippedRunbooks(site);
    const at = (name: string) => join(site, 'runbooks', name);
    rmSync(at('unknown-outcome.md'));
    writeFileSync(at('retries-exhaustd.md'), good);
    writeFileSync(at('not-retryable.md'), good.replace('[retry', '[rety'));
    const { runbooks, findings } = readRunbooks(site, []);
    expect(findings).toMatchObject([
      { file: 'runbooks/retries-exhaustd.md', problem: 'there is no such cause' },
      { file: 'runbooks/not-retryable.md', line: 4, problem: 'there is no action "rety"' },
      { file: 'runbooks/unknown-outcome.md', problem: 'there is no runbook for the cause unknown-outcome' },
    ]);
    expect(runbooks).toEqual(shippedRunbooks());
  });

  test('may only call channels that the site has', () => {
    const site = folder();
    writeShippedRunbooks(site);
    const calling = good.replace('[retry', '[call: shift-lead, retry');
    writeFileSync(join(site, 'runbooks', 'not-retryable.md'), calling);
    expect(readRunbooks(site, ['shift-lead']).findings).toEqual([]);
    expect(readRunbooks(site, []).findings).toMatchObject([
      { problem: 'there is no channel "shift-lead" to call' },
    ]);
  });
});

describe('with its task', () => {
  const letter = {
    taskId: 's-1:t4',
    sagaId: 'pick-order:A-1',
    correlationId: 'A-1',
    definition: 'pick-order',
    step: 'pick',
    title: 'Pick',
    role: 'action',
    cause: 'retries-exhausted',
    reason: 'it said no',
    activity: 'MobileRobot.pick@1',
    device: 'amr-1',
    attempts: 3,
    input: {},
    openedAt: '2026-01-01T00:00:00.000Z',
    closedAt: null,
    closedBy: null,
    decision: null,
    note: null,
    inputAfter: null,
    redriveId: null,
  } satisfies DeadLetter;
  const decisions = [...new Set(deadLetterCauses.flatMap(decisionsOf))].map((id) => ({
    id,
    label: `Press ${id}`,
  }));
  const reach = { letter, decisions, deviceOf: () => 'fleet' };
  const everything = {
    ...shippedRunbooks()['retries-exhausted'],
    actions: [...runbookActions, { call: 'lead' }],
  };

  test('every action reaches something', () => {
    const { actions } = taskRunbook(everything, reach);
    expect(actions.map(({ action }) => action)).toEqual([...runbookActions, 'call lead']);
    for (const { request, page } of actions)
      expect([request, page].filter((one) => one !== null)).toHaveLength(1);
    const of = (name: RunbookAction) => actions.find(({ action }) => action === name);
    for (const decision of ['by-hand', 'skip'] as const) {
      expect(of(decision)?.request).toEqual({
        method: 'POST',
        path: '/tasks/s-1%3At4/decide',
        body: { decision },
      });
    }
    expect(of('open-device')?.page).toBe('#/devices/fleet');
    expect(of('pause-robot')?.request?.body).toMatchObject({ target: 'amr-1', call: { action: 'pause' } });
  });

  test('what is of no use for it is not offered', () => {
    const bare = { ...letter, device: null, activity: 'stock.book@1', sagaId: 's-1' };
    const offered = taskRunbook(everything, {
      letter: bare,
      decisions: [{ id: 'retry', label: 'Try again' }],
      deviceOf: () => undefined,
    });
    expect(offered.actions.map(({ action }) => action)).toEqual(['retry', 'edit-input', 'call lead']);
  });

  test('its deadline counts from when the person was asked', () => {
    expect(taskRunbook({ ...everything, deadlineMinutes: 90 }, reach).deadlineAt).toBe(
      '2026-01-01T01:30:00.000Z',
    );
  });
});
