import { expect, test } from 'vitest';
import { makeCertificates } from './certificates.ts';
import { fill } from './events.ts';
import { kept, startRegion } from './region.ts';
import { startSite } from './site.ts';

test('a receiver is believed for its certificate, and for no other', async () => {
  const { caFile, tls } = makeCertificates();
  const stranger = makeCertificates();
  const region = await startRegion({ tls });
  const site = await startSite({ url: region.url, uplink: { caFile } });
  await fill(site.store, 100);
  await site.drained();
  expect(site.sync.status()[0]).toMatchObject({ state: 'up', backlogCount: 0 });
  await site.close();

  const wrong = await startSite({ url: region.url, uplink: { caFile: stranger.caFile }, epoch: 'wrong' });
  await fill(wrong.store, 10);
  const status = await wrong.until(({ state }) => state === 'down', 'down');
  expect(status.reason).toContain('certificate');
  await wrong.close();

  const none = await startSite({ url: region.url, uplink: { caFile: '/nowhere/ca.pem' }, epoch: 'none' });
  const unusable = await none.until(({ state }) => state === 'down', 'down');
  expect(unusable.reason).toContain('/nowhere/ca.pem');
  await none.close();
  await region.close();
});

test('what is stored over TLS can be read back by a reader', async () => {
  const { caFile, tls } = makeCertificates();
  const plain = await startRegion();
  const secure = await startRegion({ tls, dir: plain.dir });
  const site = await startSite({ url: secure.url, uplink: { caFile } });
  await fill(site.store, 40);
  await site.drained();
  // Both receivers serve one archive; the plain one is the test's window into it.
  expect(await kept(plain.directUrl, 'business')).toHaveLength(10);
  await site.close();
  await secure.close();
  await plain.close();
});
