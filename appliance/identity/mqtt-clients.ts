import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApplianceError } from '#contracts/errors.ts';
import { credentialChanged } from '#contracts/events/identity.ts';
import type { SqlRow } from '#contracts/store.ts';
import { limits } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { assertName, tooMany } from './people.ts';
import { makePassword } from './secrets.ts';

export interface MqttClient {
  readonly id: string;
  readonly createdMs: number;
}
interface StoredClient extends MqttClient {
  readonly hash: string;
  /** Keyed digest of the password that was right last: the next connect costs no key derivation. */
  digest: Buffer | null;
}

/** Told that a password no longer holds; the change is done when its promise is. */
export type OnMqttVoid = (id: string, why: 'replaced' | 'removed') => Promise<void>;

/** Credentials of MQTT clients. What a client may do stands in the site file. */
export class MqttClients {
  readonly #parts: IdentityParts;
  readonly #clients = new Map<string, StoredClient>();
  // Of this process only: the digests are worth nothing elsewhere, not even in a memory dump of tomorrow.
  readonly #key = randomBytes(32);
  #onVoid: OnMqttVoid = async () => {};

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  load(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      const id = String(row.id);
      const createdMs = Number(row.created_ms);
      this.#clients.set(id, { id, hash: String(row.hash), createdMs, digest: null });
    }
  }

  /** One listener: whoever let clients in by these passwords. */
  onVoid(listener: OnMqttVoid): void {
    this.#onVoid = listener;
  }

  list(): readonly MqttClient[] {
    return [...this.#clients.values()].map(({ id, createdMs }) => ({ id, createdMs }));
  }

  /** Answers with the password, which is shown this once. An existing client gets a new one. */
  async add(id: string, by: string): Promise<string> {
    assertName(id);
    const password = makePassword();
    const hash = await this.#parts.passwords.hash(password);
    await this.#parts.turns.take(async () => {
      if (!this.#clients.has(id) && this.#clients.size >= limits.mqttClientsMax)
        throw tooMany('MQTT clients');
      const isReplaced = this.#clients.has(id);
      const createdMs = this.#parts.clock.nowMs();
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.mqtt-put', params: { id, hash, nowMs: createdMs } },
        this.#parts.audit.op(credentialChanged, id, { kind: 'mqtt-client', name: id, change: 'made', by }),
      ]);
      this.#clients.set(id, { id, hash, createdMs, digest: null });
      if (isReplaced) await this.#onVoid(id, 'replaced');
    });
    return password;
  }

  async remove(id: string, by: string): Promise<void> {
    await this.#parts.turns.take(async () => {
      if (!this.#clients.has(id))
        throw new ApplianceError('IDN_NOT_FOUND', { what: 'MQTT client', name: id });
      await this.#parts.store.commit([
        { op: 'run', statement: 'identity.mqtt-remove', params: { id }, changes: 1 },
        this.#parts.audit.op(credentialChanged, id, { kind: 'mqtt-client', name: id, change: 'removed', by }),
      ]);
      this.#clients.delete(id);
      await this.#onVoid(id, 'removed');
    });
  }

  async verify(id: string, password: string): Promise<boolean> {
    const client = this.#clients.get(id);
    const digest = createHmac('sha256', this.#key).update(id).update('\0').update(password).digest();
    if (client?.digest != null && timingSafeEqual(client.digest, digest)) return true;
    const isRight = await this.#parts.passwords.verify(password, client?.hash ?? null);
    // Meanwhile it may have been removed or have got another password.
    if (!isRight || client === undefined || this.#clients.get(id) !== client) return false;
    client.digest = digest;
    return true;
  }
}
