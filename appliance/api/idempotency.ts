import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { IDEMPOTENCY_HEADER } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Store, StoreModule } from '#contracts/store.ts';

export const idempotencyStoreModule: StoreModule = {
  name: 'api',
  migrations: [
    `CREATE TABLE api_answer (
       key    TEXT PRIMARY KEY,
       digest TEXT NOT NULL,
       status INTEGER NOT NULL,
       body   TEXT NOT NULL,
       at_ms  INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX api_answer_at ON api_answer (at_ms);`,
    `CREATE TABLE api_command (command_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
     CREATE INDEX api_command_at ON api_command (at_ms);`,
  ],
  writes: {
    answer:
      'INSERT INTO api_answer (key, digest, status, body, at_ms) VALUES (:key, :digest, :status, :body, :atMs) ON CONFLICT DO NOTHING',
    forget: 'DELETE FROM api_answer WHERE at_ms < :beforeMs',
    claimCommand: 'INSERT INTO api_command (command_id, at_ms) VALUES (:commandId, :atMs)',
    forgetCommands: 'DELETE FROM api_command WHERE at_ms < :beforeMs',
  },
  reads: { answer: 'SELECT digest, status, body FROM api_answer WHERE key = :key' },
};

const KEPT_MS = 24 * 3_600_000;
const KEY_CHARS_MAX = 128;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What is needed of a reply, whatever answer types its route declares. */
interface Reply {
  header(name: string, value: string): unknown;
  code(status: number): { send(body: unknown): unknown };
}

export type Repeatable = (
  request: Pick<FastifyRequest, 'headers' | 'url' | 'body' | 'caller'>,
  reply: Reply,
  run: () => Promise<Answer>,
) => Promise<void>;

/**
 * Makes a POST repeatable by its `idempotency-key`: the same key and body get the first answer again, the
 * same key with another body is refused. Without the header it just runs.
 *
 * The answer is kept after the work is done. A crash between the two, or a full disk, lets a repeat run the work
 * again, so the work itself must be idempotent (orders by id, decisions by compare-and-set, commands by their id).
 */
export function createRepeatable(store: Store, clock: Clock): Repeatable {
  const inFlight = new Map<string, Promise<unknown>>();

  return async function repeatable(request, reply, run) {
    const header = request.headers[IDEMPOTENCY_HEADER];
    if (typeof header !== 'string' || header === '') {
      send(reply, await run());
      return;
    }
    if (header.length > KEY_CHARS_MAX) {
      const problem = `is longer than ${KEY_CHARS_MAX} characters`;
      throw new ApplianceError('API_INVALID', { field: IDEMPOTENCY_HEADER, problem, cure: 'Send a UUID.' });
    }
    const key = `${request.caller?.user ?? ''}|${request.url}|${header}`;
    const digest = createHash('sha256')
      .update(JSON.stringify(request.body ?? null))
      .digest('hex');
    // A repeat that overtakes the first answer waits for it; set before the first await, so that two cannot pass.
    const before = inFlight.get(key);
    const work = answerOnce(key, digest, header, before, run);
    inFlight.set(key, work);
    try {
      const { replayed, answer } = await work;
      if (replayed) reply.header('idempotent-replay', 'true');
      send(reply, answer);
    } finally {
      if (inFlight.get(key) === work) inFlight.delete(key);
    }
  };

  async function answerOnce(
    key: string,
    digest: string,
    header: string,
    before: Promise<unknown> | undefined,
    run: () => Promise<Answer>,
  ): Promise<{ replayed: boolean; answer: Answer }> {
    await before?.catch(() => undefined);
    const kept = await keptAnswer(key);
    if (kept !== undefined) {
      if (kept.digest !== digest) throw new ApplianceError('API_KEY_REUSED', { key: header });
      return { replayed: true, answer: kept };
    }
    const answer = await run();
    try {
      await keep(key, digest, answer);
    } catch (error) {
      // What was done was done: "no room" would be a lie to a person who has just decided something.
      if (!isApplianceError(error) || !error.retryable) throw error;
    }
    return { replayed: false, answer };
  }

  async function keptAnswer(key: string) {
    const [row] = await store.query('api.answer', { key });
    if (row === undefined) return undefined;
    return {
      digest: String(row.digest),
      status: Number(row.status),
      body: JSON.parse(String(row.body)) as unknown,
    };
  }

  async function keep(key: string, digest: string, answer: Answer): Promise<void> {
    const atMs = clock.nowMs();
    await store.commit([
      {
        op: 'run',
        statement: 'api.answer',
        params: { key, digest, status: answer.status, body: JSON.stringify(answer.body), atMs },
      },
      { op: 'run', statement: 'api.forget', params: { beforeMs: atMs - KEPT_MS } },
    ]);
  }
}

/**
 * Writes down that a person's command is about to be sent; false when it was written down before. The gate forgets
 * what it has sent when the process dies, and the command of a repeat may still be alive then.
 */
export async function claimCommand(store: Store, clock: Clock, commandId: string): Promise<boolean> {
  const atMs = clock.nowMs();
  try {
    await store.commit(
      [
        { op: 'run', statement: 'api.claimCommand', params: { commandId, atMs }, changes: 1 },
        { op: 'run', statement: 'api.forgetCommands', params: { beforeMs: atMs - KEPT_MS } },
      ],
      { reserve: true },
    );
    return true;
  } catch (error) {
    if (isApplianceError(error, 'STORE_CONFLICT')) return false;
    throw error;
  }
}

function send(reply: Reply, { status, body }: Answer): void {
  reply.code(status).send(body);
}
