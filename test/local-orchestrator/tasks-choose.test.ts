import { describe, expect, test } from 'vitest';
import type { Person, Shift } from '#contracts/people.ts';
import { chooseAssignee, type Wanted } from '../../local-orchestrator/tasks/choose-assignee.ts';
import { type Away, type Roster, reaches, standIn } from '../../local-orchestrator/tasks/roster.ts';
import { isOnShift } from '../../local-orchestrator/tasks/shifts.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12); // a Monday

const person = (user: string, more: Partial<Person> = {}): Person => ({
  user,
  roles: ['operator'],
  skills: [],
  zones: [],
  shifts: [],
  ...more,
});

const away = (user: string, coveredBy: string | null = null): Away => ({
  user,
  fromMs: NOW_MS - 1,
  toMs: NOW_MS + 1,
  coveredBy,
});

const roster = (
  people: Person[],
  more: Partial<Roster> & { loads?: Record<string, number> } = {},
): Roster => ({
  people,
  away: [],
  timeZone: 'UTC',
  nowMs: NOW_MS,
  wallMs: NOW_MS,
  load: (user) => more.loads?.[user] ?? 0,
  lastTurn: () => undefined,
  ...more,
});

const wanted = (policy: Wanted['policy'], more: Partial<Wanted> = {}): Wanted => ({
  policy,
  role: 'operator',
  skill: null,
  zone: null,
  without: [],
  ...more,
});

const ann = person('ann', { skills: ['forklift'], zones: ['north'] });
const bob = person('bob', { zones: ['south'] });
const cid = person('cid', { skills: ['forklift'], zones: ['south'] });
const dora = person('dora', { roles: ['technician', 'shift-lead'] });
const early: Shift = { days: ['mon'], from: '06:00', to: '11:00' };

describe('whom a task is offered to by name', () => {
  test.each<[string, Wanted, Roster, string | null]>([
    ['nobody when it is left to people', wanted('manual'), roster([ann, bob]), null],
    ['nobody where nobody is', wanted('least-loaded'), roster([]), null],
    ['who has least', wanted('least-loaded'), roster([ann, bob], { loads: { ann: 2, bob: 1 } }), 'bob'],
    ['of equals the first by name', wanted('least-loaded'), roster([cid, bob, ann]), 'ann'],
    ['who has the skill', wanted('by-skill', { skill: 'forklift' }), roster([bob, cid]), 'cid'],
    [
      'of those with the skill who has least',
      wanted('by-skill', { skill: 'forklift' }),
      roster([ann, bob, cid], { loads: { ann: 1 } }),
      'cid',
    ],
    ['nobody without the skill', wanted('by-skill', { skill: 'crane' }), roster([ann, bob]), null],
    ['who is in the zone', wanted('by-zone', { zone: 'south' }), roster([ann, bob]), 'bob'],
    [
      'a zone is needed under every policy',
      wanted('least-loaded', { zone: 'south' }),
      roster([ann, bob], { loads: { bob: 9 } }),
      'bob',
    ],
    ['nobody with a higher role only', wanted('least-loaded'), roster([dora]), null],
    ['who has the duty', wanted('least-loaded', { role: 'shift-lead' }), roster([ann, dora]), 'dora'],
    ['nobody off shift', wanted('least-loaded'), roster([person('ann', { shifts: [early] }), bob]), 'bob'],
    ['nobody who has had it', wanted('least-loaded', { without: ['ann'] }), roster([ann, bob]), 'bob'],
    ['who covers', wanted('least-loaded'), roster([ann, dora], { away: [away('ann', 'dora')] }), 'dora'],
    ['nobody when nobody covers', wanted('least-loaded'), roster([ann], { away: [away('ann')] }), null],
    [
      'who covers has declined',
      wanted('least-loaded', { without: ['bob'] }),
      roster([ann, bob], { away: [away('ann', 'bob')] }),
      null,
    ],
    ['the first turn', wanted('round-robin'), roster([bob, ann]), 'ann'],
    ['the next turn', wanted('round-robin'), roster([ann, bob, cid], { lastTurn: () => 'ann' }), 'bob'],
    ['after the last the first', wanted('round-robin'), roster([ann, bob], { lastTurn: () => 'bob' }), 'ann'],
    [
      'the turn of somebody who has left is over',
      wanted('round-robin'),
      roster([ann, cid], { lastTurn: () => 'bob' }),
      'cid',
    ],
  ])('%s', (_, question, people, user) => {
    expect(chooseAssignee(question, people)?.user ?? null).toBe(user);
  });

  test('a turn is kept for its own group of people', () => {
    const keys: string[] = [];
    const lastTurn = (key: string) => void keys.push(key);
    const found = chooseAssignee(
      wanted('round-robin', { skill: 'forklift', zone: 'south' }),
      roster([ann, cid], { lastTurn: lastTurn as Roster['lastTurn'] }),
    );
    expect(found).toEqual({
      user: 'cid',
      covers: null,
      turn: { key: 'operator|forklift|south', user: 'cid' },
    });
    expect(keys).toEqual(['operator|forklift|south']);
  });

  test('somebody who fits in their own right does not cover', () => {
    const found = chooseAssignee(wanted('least-loaded'), roster([ann, bob], { away: [away('ann', 'bob')] }));
    expect(found).toMatchObject({ user: 'bob', covers: null });
  });
});

describe('who covers', () => {
  test('through several absences, and not for ever', () => {
    const chain = [away('ann', 'bob'), away('bob', 'cid')];
    expect(standIn(roster([ann, bob, cid], { away: chain }), 'ann')).toBe('cid');
    const circle = [away('ann', 'bob'), away('bob', 'ann')];
    expect(standIn(roster([ann, bob], { away: circle }), 'ann')).toBeNull();
  });

  test('an absence counts from its first moment until before its end', () => {
    const people = roster([ann], { away: [{ user: 'ann', fromMs: 10, toMs: 20, coveredBy: null }] });
    const at = (wallMs: number) => standIn({ ...people, wallMs }, 'ann');
    expect([at(9), at(10), at(19), at(20)]).toEqual(['ann', null, null, 'ann']);
  });
});

describe('on shift', () => {
  const late: Shift = { days: ['fri'], from: '22:00', to: '06:00' };
  test.each<[string, Shift, string, boolean]>([
    ['before it begins', early, '2026-06-01T05:59:59Z', false],
    ['when it begins', early, '2026-06-01T06:00:00Z', true],
    ['when it ends', early, '2026-06-01T11:00:00Z', false],
    ['on another day', early, '2026-06-02T07:00:00Z', false],
    ['in the evening of a night shift', late, '2026-06-05T23:00:00Z', true],
    ['in the morning after it', late, '2026-06-06T05:59:00Z', true],
    ['in the morning before it', late, '2026-06-05T05:00:00Z', false],
  ])('%s', (_, shift, at, expected) => {
    expect(isOnShift([shift], Date.parse(at), 'UTC')).toBe(expected);
  });

  test('goes by the wall clock of the site, on both sides of a change to summer time', () => {
    const shift: Shift = { days: ['sat', 'sun'], from: '06:00', to: '14:00' };
    const at = (time: string) => isOnShift([shift], Date.parse(time), 'Europe/Berlin');
    // 28 March is winter time (UTC+1), 29 March summer time (UTC+2).
    expect([at('2026-03-28T04:59:00Z'), at('2026-03-28T05:00:00Z')]).toEqual([false, true]);
    expect([at('2026-03-29T03:59:00Z'), at('2026-03-29T04:00:00Z')]).toEqual([false, true]);
    expect([at('2026-03-29T11:59:00Z'), at('2026-03-29T12:00:00Z')]).toEqual([true, false]);
  });
});

test('a higher role may do what a lower may, a duty is had or not', () => {
  expect(reaches(['technician'], 'operator')).toBe(true);
  expect(reaches(['operator'], 'technician')).toBe(false);
  expect(reaches(['technician'], 'shift-lead')).toBe(false);
  expect(reaches(['operator', 'shift-lead'], 'shift-lead')).toBe(true);
  expect(reaches(['admin'], 'shift-lead')).toBe(true);
  expect(reaches(['viewer'], null)).toBe(true);
});
