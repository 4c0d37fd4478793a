import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import type { StoreModule } from '#contracts/store.ts';
import { isKnownDamaged, noteDamage } from '../../appliance/store/writer/damage-note.ts';
import { checkVersion } from '../../appliance/store/writer/self-check.ts';
import { append, jobs, openTestStore, temporaryFolder } from './site.ts';

/** Leaves a closed store behind, with a few records. */
async function usedFolder(modules: readonly StoreModule[] = [jobs]): Promise<string> {
  const dir = temporaryFolder();
  const store = await openTestStore({ dir, modules });
  await store.commit([append('a'), append('b')]);
  await store.close();
  return dir;
}
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const unfit = (problem: RegExp) => ({
  code: 'STORE_UNFIT',
  details: { problem: expect.stringMatching(problem) },
});

describe('the start', () => {
  test('tells what it found, and that it is the first', async () => {
    const { selfCheck } = await openTestStore();
    expect(selfCheck).toMatchObject({ firstStart: true, cleanStop: true });
    expect(selfCheck.flushMs).toBeGreaterThan(0);
    expect(selfCheck.freeBytes).toBeGreaterThan(0);
    const checks = new Set(selfCheck.findings.map(({ check }) => check));
    for (const check of ['pragmas', 'sqlite-version', 'flush-time', 'free-space', 'permissions', 'log-end']) {
      expect(checks).toContain(check);
    }
  });

  test('keeps others out of folder and files', async () => {
    const dir = join(temporaryFolder(), 'nested', 'data');
    const store = await openTestStore({ dir });
    await store.commit([append('a')]);
    expect(modeOf(dir)).toBe(0o700);
    for (const file of ['site.db', 'site.db-wal', 'site.db-shm', 'history.db', 'instance.lock']) {
      expect(modeOf(join(dir, file)), file).toBe(0o600);
    }
  });

  test('closes a folder that was open to others, and says so', async () => {
    const dir = await usedFolder();
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'site.db'), 0o644);
    const { selfCheck } = await openTestStore({ dir });
    const warnings = selfCheck.findings.filter(({ level }) => level === 'warn').map(({ words }) => words);
    expect(warnings).toEqual([expect.stringContaining('0755'), expect.stringContaining('0644')]);
    expect(modeOf(dir)).toBe(0o700);
    expect(modeOf(join(dir, 'site.db'))).toBe(0o600);
  });

  test('refuses a folder that cannot be one', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(openTestStore({ dir: file })).rejects.toMatchObject(unfit(/folder/));
  });

  test('refuses a second store on the folder, in this process and in another', async () => {
    const dir = temporaryFolder();
    const store = await openTestStore({ dir });
    await expect(openTestStore({ dir })).rejects.toMatchObject(
      unfit(new RegExp(`process ${process.pid} has`)),
    );
    const child = spawn(
      process.execPath,
      [new URL('crash-child.ts', import.meta.url).pathname, dir, 'r', '1'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'close');
    expect(said).toContain(`process ${process.pid} has ${dir} open`);
    // The refused ones have not shaken the first one's lock, nor its work.
    await expect(openTestStore({ dir })).rejects.toMatchObject(unfit(/has/));
    expect(await store.commit([append('still here')])).toEqual([1]);
  });

  test('refuses a SQLite with the checkpoint fault, and takes newer ones', () => {
    expect(() => checkVersion('3.51.2')).toThrow(/older than 3.51.3/);
    expect(() => checkVersion('3.50.9')).toThrow(/older/);
    for (const version of ['3.51.3', '3.51.10', '3.52.0', '4.0.0']) {
      expect(checkVersion(version).level).toBe('ok');
    }
  });

  test('puts an unreadable history aside and goes on', async () => {
    const dir = await usedFolder();
    writeFileSync(join(dir, 'history.db'), 'this was a database once'.repeat(500));
    const store = await openTestStore({ dir });
    expect(store.selfCheck.findings).toContainEqual(
      expect.objectContaining({ check: 'history', level: 'warn' }),
    );
    expect(existsSync(join(dir, 'history.db.unreadable'))).toBe(true);
    expect(await store.head()).toBe(2);
  });

  test('after an unclean stop refuses a damaged file', async () => {
    const dir = await usedFolder();
    const db = new Database(join(dir, 'site.db'));
    const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'job'").pluck().get() as number;
    db.exec("UPDATE store_state SET value = 'unclean'");
    db.close();
    const fd = openSync(join(dir, 'site.db'), 'r+');
    writeSync(fd, Buffer.alloc(64, 0xff), 0, 64, (page - 1) * 4_096);
    closeSync(fd);
    await expect(openTestStore({ dir })).rejects.toMatchObject(unfit(/damaged/));
  });

  test('looks at a file that was found damaged before it serves it, and forgets a note that is not true', async () => {
    const dir = await usedFolder();
    noteDamage(dir, 'page 7 is not a page');
    const { selfCheck } = await openTestStore({ dir });
    expect(selfCheck.findings).toContainEqual(expect.objectContaining({ check: 'integrity', level: 'ok' }));
    expect(isKnownDamaged(dir)).toBe(false);
  });

  test('warns when somebody has seen further than the log reaches', async () => {
    const dir = await usedFolder();
    const db = new Database(join(dir, 'site.db'));
    db.exec("INSERT INTO marks VALUES ('sync/region', 7)");
    db.close();
    const { selfCheck } = await openTestStore({ dir });
    const finding = selfCheck.findings.find(({ check }) => check === 'log-end');
    expect(finding).toMatchObject({ level: 'warn', words: expect.stringContaining('sync/region') });
  });
});

describe('migrations', () => {
  const second = 'ALTER TABLE job ADD COLUMN note TEXT';
  const extended: StoreModule = { ...jobs, migrations: [...jobs.migrations, second] };

  test('are applied once, and later ones on top of what is there', async () => {
    const dir = await usedFolder();
    const store = await openTestStore({ dir, modules: [extended] });
    await store.commit([{ op: 'run', statement: 'jobs.add', params: { id: 'j', step: 1 } }]);
    await store.close();
    const again = await openTestStore({ dir, modules: [extended] });
    expect(await again.query('jobs.all')).toEqual([{ id: 'j', step: 1 }]);
  });

  test.each([
    [
      'an edited migration',
      [{ ...jobs, migrations: [`${jobs.migrations[0]} -- better`] }],
      /migration 1 of module jobs was edited/,
    ],
    ['a database of a newer program', [{ ...jobs, migrations: [] }], /version 1, this program knows 0/],
    [
      'a migration that fails',
      [{ ...jobs, migrations: [...jobs.migrations, 'CREATE TABLE nonsense'] }],
      /migration 2 of module jobs failed/,
    ],
    ['two modules of one name', [jobs, jobs], /module name "jobs" is taken/],
    [
      'a table that is another’s already',
      [jobs, { ...jobs, name: 'thief' }],
      /module thief failed.*already exists/,
    ],
  ] satisfies [string, StoreModule[], RegExp][])('refuse %s, with words', async (_, modules, problem) => {
    const dir = await usedFolder();
    await expect(openTestStore({ dir, modules })).rejects.toMatchObject(unfit(problem));
    const store = await openTestStore({ dir });
    expect(await store.readLog(OFFSET_NONE, { countMax: 5 })).toHaveLength(2);
  });
});

describe('statements', () => {
  const guest = (writes: Record<string, string>, reads: Record<string, string> = {}): StoreModule => ({
    name: 'guest',
    migrations: [
      'CREATE TABLE guest_book (id INTEGER PRIMARY KEY, line TEXT) STRICT; CREATE INDEX by_line ON guest_book (line);',
    ],
    writes,
    reads,
  });

  test('may write their own tables and read all', async () => {
    const module = guest(
      {
        sign: 'INSERT INTO guest_book (line) SELECT id FROM job WHERE id = :id',
        clear: 'DELETE FROM guest_book',
      },
      { lines: 'SELECT line FROM guest_book' },
    );
    const store = await openTestStore({ modules: [jobs, module] });
    await store.commit([
      { op: 'run', statement: 'jobs.add', params: { id: 'j', step: 0 } },
      { op: 'run', statement: 'guest.sign', params: { id: 'j' }, changes: 1 },
    ]);
    expect(await store.query('guest.lines')).toEqual([{ line: 'j' }]);
  });

  test.each([
    ['write another’s table', guest({ steal: 'UPDATE "job" SET step = 9' }), /writes job, which is jobs's/],
    ['empty another’s table', guest({ wipe: 'DELETE FROM total' }), /writes total/],
    [
      'write the log',
      guest({ forge: "INSERT INTO marks VALUES ('x', 1)" }),
      /writes marks, which is store's/,
    ],
    ['read among writes', guest({ look: 'SELECT * FROM guest_book' }), /belongs under reads/],
    ['write among reads', guest({}, { sneak: 'DELETE FROM guest_book RETURNING id' }), /changes some/],
    ['do not compile', guest({ typo: 'INSERT INTO guest_bok VALUES (1)' }), /guest\.typo: .*no such table/],
  ] satisfies [
    string,
    StoreModule,
    RegExp,
  ][])('that %s are refused at the start', async (_, module, problem) => {
    await expect(openTestStore({ modules: [jobs, module] })).rejects.toMatchObject(unfit(problem));
  });
});

test('a folder that is not there is made, with all that leads to it', async () => {
  const dir = join(temporaryFolder(), 'a', 'b');
  mkdirSync(join(dir, '..'));
  await openTestStore({ dir });
  expect(existsSync(join(dir, 'site.db'))).toBe(true);
});
