import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandRequested } from '#contracts/events/command.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { rolloutEnded } from '#contracts/events/rollout.ts';
import type { DefinitionVersion, Rollout, Shadow } from '#contracts/rollout.ts';
import type { SagaPage } from '#contracts/saga-api.ts';
import { launchBrowser } from '../support/browser.ts';
import { axeSource, overflowPx, tooSmall, violations } from '../ui/page-checks.ts';
import { loggedEvents } from './records.ts';
import { eventually, startWholeSite, type WholeSite } from './whole-site.ts';

/** New versions of sagas of the site, tried by a technician in the pages of a real appliance. */
const SPEED = 60;
const WAIT_MS = 60_000;
/** More than a guard needs at the default: twenty samples of a fifth of all. */
const STARTS_MAX = 400;
const AT_ONCE = 10;

const reserve = (id: string, quantity: number) => `
  - step: ${id}
    title: Set ${quantity} aside
    do: inventory.reserve
    with: { lines: [{ sku: TL-1025, quantity: ${quantity} }], partial: false }
    undo: { title: Give them back, do: inventory.release, with: {} }`;
const act = (what: string, target: string) =>
  `title: ${what} ${target}, do: ${what}, with: { target: ${target}, epoch: 0, args: {} }`;
/** A door opens to a vehicle that is held, and to no other. */
const air = (dock: string) => `
  - { step: hold-${dock}, ${act('Dock.restrain', `${dock}-hook`)}, undo: { ${act('Dock.release', `${dock}-hook`)} } }
  - { step: open-${dock}, ${act('Door.open', `${dock}-gate`)}, undo: { ${act('Door.close', `${dock}-gate`)} } }
  - { step: close-${dock}, ${act('Door.close', `${dock}-gate`)} }
  - { step: free-${dock}, ${act('Dock.release', `${dock}-hook`)} }`;
const saga = (name: string, version: number, title: string, steps: readonly string[]) =>
  `saga: ${name}\nversion: ${version}\ntitle: ${title}\ninput: { type: object }\nsteps:${steps.join('')}\n  - end: done\n`;

/** The second version of either does worse: one fails at its last step, the other moves what nobody asked for. */
const versions = {
  1: {
    'set-aside': saga('set-aside', 1, 'Set aside', [reserve('one', 1)]),
    'air-the-dock': saga('air-the-dock', 1, 'Air the dock', [air('dock-1')]),
  },
  2: {
    'set-aside': saga('set-aside', 2, 'Set aside', [reserve('one', 1), reserve('many', 1_000_000)]),
    'air-the-dock': saga('air-the-dock', 2, 'Air the dock', [air('dock-1'), air('dock-2')]),
  },
} as const;

let site: WholeSite;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const inventoryCsv = 'sku,place,quantity\nTL-1025,rack-a03,100000\n';
  [site, browser] = await Promise.all([startWholeSite({ speed: SPEED, inventoryCsv }), launchBrowser()]);
  await startWith(1);
  for (const name of Object.keys(versions[1])) {
    const { hash } = await currentOf(name);
    const chosen = await ask('POST', `/versions/${name}/current`, {
      hash,
      reason: 'until the next is tried',
    });
    expect([chosen.status, chosen.body]).toMatchObject([200, {}]);
  }
  await site.stopAppliance();
  await startWith(2);
  page = await signedIn();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

let asked = 0;
const ask: WholeSite['ask'] = (method, path, body) => {
  asked += 1;
  return site.ask(method, path, body, method === 'POST' ? { 'idempotency-key': `versions-${asked}` } : {});
};

async function startWith(version: 1 | 2): Promise<void> {
  const folder = join(site.dir, 'sagas');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(versions[version])) {
    writeFileSync(join(folder, `${name}.yaml`), text);
  }
  await site.startAppliance();
}

/** In the pages as `npm test` builds them: what the appliance serves. */
async function signedIn(): Promise<Page> {
  const { body } = await ask('POST', '/access/claim', {});
  const opened = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  opened.setDefaultTimeout(WAIT_MS);
  await opened.goto(`${site.siteUrl()}/?code=${(body as { secret: string }).secret}`);
  await opened.getByText('Live', { exact: true }).waitFor();
  await opened.evaluate(axeSource);
  return opened;
}

const versionsOf = async (name: string) =>
  ((await ask('GET', `/versions?name=${name}`)).body as { versions: DefinitionVersion[] }).versions;
async function currentOf(name: string): Promise<DefinitionVersion> {
  const found = (await versionsOf(name)).find(({ current }) => current);
  if (found === undefined) throw new Error(`no version of ${name} is current`);
  return found;
}
const begin = async (name: string, id: string) => {
  const { status } = await ask('POST', `/work/${name}`, { id, input: {} });
  expect(status).toBe(201);
};
const sagasOf = async (name: string, more = '') =>
  (await ask('GET', `/sagas?name=${name}&limit=200${more}`)).body as SagaPage;
const allEnded = (name: string, count: number) =>
  eventually(
    `${count} of ${name} have ended`,
    async () => {
      const { sagas } = await sagasOf(name);
      return sagas.length >= count && sagas.every(({ endedAt }) => endedAt !== null);
    },
    WAIT_MS,
  );

/** It fits, fingers fit it, and nobody is kept out: as wide as a desk and as narrow as a hand. */
async function expectFit(): Promise<void> {
  for (const viewport of [
    { width: 360, height: 740 },
    { width: 1440, height: 900 },
  ]) {
    await page.setViewportSize(viewport);
    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    expect(await tooSmall(page)).toEqual([]);
  }
  expect(await violations(page)).toEqual([]);
}
const card = (name: string) => page.locator(`[data-kind="${name}"]`);
const go = (path: string) => page.goto(`${site.siteUrl()}/#/${path}`);

describe('a trial of a version that fails', () => {
  test('is begun in the pages, takes its share, and is taken back by its guard', async () => {
    await go('versions');
    const kind = card('set-aside');
    const fresh = kind.locator('.version', { hasText: 'Version 2' });
    await fresh.getByRole('button', { name: 'Try on some…' }).click();
    await page.getByLabel('Percent of the new ones').fill('20');
    await page.getByLabel('Why?').fill('sets more aside');
    await expectFit();
    await page.getByRole('button', { name: 'Begin the trial' }).click();
    await kind.getByText('It gets 20 % of the new ones.').waitFor();
    await kind.getByText('0 of 20 that are needed for a judgement').waitFor();

    const trial = async () =>
      ((await ask('GET', '/rollouts')).body as { rollouts: Rollout[] }).rollouts.find(
        ({ name }) => name === 'set-aside',
      );
    let count = 0;
    while ((await trial())?.state === 'running' && count < STARTS_MAX) {
      const ids = Array.from({ length: AT_ONCE }, (_, index) => `s-${count + index}`);
      await Promise.all(ids.map((id) => begin('set-aside', id)));
      count += AT_ONCE;
      if (count === 5 * AT_ONCE) {
        await eventually(
          'samples show',
          async () => /[1-9]\d* of 20|[2-9]\d ended/.test(await kind.innerText()),
          WAIT_MS,
        );
        await expectFit();
      }
    }
    const ended = await eventually(
      'it is taken back',
      async () => {
        const now = await trial();
        return now?.state === 'rolled-back' && now;
      },
      WAIT_MS,
    );
    expect(ended).toMatchObject({
      new: { failureRate: 1, compensationRate: 1 },
      old: { failureRate: 0, compensationRate: 0 },
    });
    const share = (ended.new?.samples ?? 0) / ((ended.new?.samples ?? 0) + (ended.old?.samples ?? 1));
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.45);

    // From now on nobody gets it, and a person is told by an alarm, the log and the page.
    const before = (await sagasOf('set-aside', '&version=2')).sagas.length;
    for (let index = 0; index < AT_ONCE; index += 1) await begin('set-aside', `later-${index}`);
    expect((await sagasOf('set-aside', '&version=2')).sagas).toHaveLength(before);
    const told = (await loggedEvents(site)).filter(({ type }) => type === rolloutEnded.type);
    expect(told.map(({ data }) => data)).toMatchObject([{ outcome: 'rolled-back', by: 'guard' }]);
    await kind.getByText('Earlier trials').click();
    await kind.getByText('Taken back by its guard').waitFor();
    await expectFit();
    await go('alarms');
    await page.getByText('set-aside').first().waitFor();
  }, 180_000);

  test('is told of by the search, with how many there are', async () => {
    const { hash } = (await versionsOf('set-aside')).find(({ version }) => version === 2) ?? { hash: '' };
    const failed = await sagasOf('set-aside', '&status=compensated');
    expect(failed.count).toEqual({ atLeast: failed.sagas.length, exact: true });
    expect(new Set(failed.sagas.map((one) => one.hash))).toEqual(new Set([hash]));
    await go('sagas?name=set-aside');
    await page.getByText(/^50 of \d{2,3} found, newest first\.$/).waitFor();
    await expectFit();
    const [one] = failed.sagas;
    await go(`sagas/${encodeURIComponent(one?.sagaId ?? '')}`);
    await page.locator('[data-node="many"][data-state="undone"]').waitFor();
    await page.locator('[data-node="one"][data-state="undone"]').waitFor();
    await expectFit();
  }, 120_000);
});

describe('a dry run of a version that would do more', () => {
  const facts = async (kind: string, place: string) =>
    (await site.ledger()).filter((fact) => fact.kind === kind && 'place' in fact && fact.place === place);
  /** What the gate was asked for, as the log has it. */
  const commandsTo = (log: readonly AnyEvent[], target: string) =>
    log.filter(
      ({ type, data }) => type === commandRequested.type && (data as { target: string }).target === target,
    );

  test('tells it, and no command of it reaches the gate, a device or the floor', async () => {
    await go('versions');
    const kind = card('air-the-dock');
    await kind
      .locator('.version', { hasText: 'Version 2' })
      .getByRole('button', { name: 'Dry run…' })
      .click();
    await page.getByLabel('Why?').fill('before it is tried');
    await expectFit();
    await page.getByRole('button', { name: 'Begin the dry run' }).click();
    await kind.getByText('None has ended yet').waitFor();

    for (const id of ['a-1', 'a-2', 'a-3']) {
      await begin('air-the-dock', id);
      await allEnded('air-the-dock', 1);
    }
    const shadow = await eventually(
      'all were played over',
      async () => {
        const { shadows } = (await ask('GET', '/shadows')).body as { shadows: Shadow[] };
        return shadows.find(({ name, different }) => name === 'air-the-dock' && different === 3);
      },
      WAIT_MS,
    );
    expect(shadow).toMatchObject({ same: 0, different: 3 });
    await kind.getByText('It would have acted differently in 3 of 3 that have ended.').waitFor();
    await kind.getByText('Where it would have acted differently').click();
    await kind.getByText('"Dock.restrain dock-2-hook"').first().waitFor();
    await expectFit();

    // What really ran moved the first gate three times; the second was never spoken to, at any level.
    expect(await facts('door.opened', 'dock-1')).toHaveLength(3);
    expect(await facts('door.closed', 'dock-1')).toHaveLength(3);
    expect(await facts('door.opened', 'dock-2')).toEqual([]);
    const log = await loggedEvents(site);
    for (const gear of ['gate', 'hook']) {
      expect(commandsTo(log, `dock-1-${gear}`)).toHaveLength(6);
      expect(commandsTo(log, `dock-2-${gear}`)).toEqual([]);
    }
    const { body } = await ask('GET', '/devices/line-plc');
    const { tags } = body as { tags: { path: string; value: unknown }[] };
    expect(tags.find(({ path }) => path === 'line-plc/dock-2-door')?.value).toBe(false);
  }, 120_000);
});
