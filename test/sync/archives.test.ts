import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { openPostgresArchive, openSqliteArchive } from '../../sync/regional/index.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { archiveContract } from './archive-contract.ts';
import { tempDir } from './region.ts';

const { nowMs } = systemClock;
const dir = tempDir();
archiveContract('SQLite', async () => openSqliteArchive({ dir, nowMs }));

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 300_000);
afterAll(() => postgres.stop());
archiveContract('PostgreSQL', () => openPostgresArchive({ url: postgres.url, nowMs }));
