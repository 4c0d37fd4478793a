import { join } from 'node:path';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { certificateIssued } from '#contracts/events/identity.ts';
import type { Log } from '#contracts/log.ts';
import type { Role } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import { Attempts } from './attempts.ts';
import { Audit } from './audit.ts';
import { Claim } from './claim.ts';
import { type MqttClient, MqttClients, type OnMqttVoid } from './mqtt-clients.ts';
import type { IdentityParts } from './parts.ts';
import { Passwords, type ScryptCost } from './passwords.ts';
import { People, type User } from './people.ts';
import { type ServerCertificate, SitePki } from './pki/site-pki.ts';
import { Sessions } from './sessions.ts';
import { type AccessToken, Tokens } from './tokens.ts';
import { Turns } from './turns.ts';

export interface IdentityOptions {
  /** With `identityStoreModule` among its modules. */
  readonly store: Store;
  readonly clock: Clock;
  /** Certificates live in `pki` under it. */
  readonly dataDir: string;
  readonly log: Log;
  /** Id of the site; audit records and certificates bear it. */
  readonly site: string;
  /** Cheaper key derivation, for tests. */
  readonly passwordCost?: ScryptCost;
}

/** Who a session belongs to. */
export interface SignedIn {
  readonly user: string;
  readonly role: Role;
  readonly mustSetPassword: boolean;
}
export type NewSession = SignedIn & { readonly token: string };

/**
 * People, machines and their proofs. Secrets are answered once and kept as hashes. `by` is the user who asks,
 * or `cli`.
 *
 * Errors: IDN_*, API_RATE_LIMITED, and those of the store.
 */
export interface Identity {
  /** The one-time code, if one was made by this process and is still good. */
  claimCode(): string | null;
  /** Makes a new one; the old one is void. For the first start, and for those who are locked out. */
  issueClaim(by: string): Promise<string>;
  redeemClaim(code: string, address: string): Promise<NewSession>;
  signIn(user: string, password: string, address: string): Promise<NewSession>;
  /** Undefined when it has ended. Answers at once, from memory. */
  session(token: string): SignedIn | undefined;
  signOut(token: string): Promise<void>;
  /** Ends the user's other sessions; `keepToken` is the one who asks. */
  setPassword(user: string, password: string, options?: { by?: string; keepToken?: string }): Promise<void>;
  /** Answers with a first password. */
  addUser(name: string, role: Role, by: string): Promise<string>;
  removeUser(name: string, by: string): Promise<void>;
  setRole(name: string, role: Role, by: string): Promise<void>;
  listUsers(): readonly User[];
  issueToken(name: string, role: Role, by: string): Promise<string>;
  revokeToken(name: string, by: string): Promise<void>;
  listTokens(): readonly AccessToken[];
  /** Whom an access token stands for. */
  token(token: string): { readonly user: string; readonly role: Role } | undefined;
  addMqttClient(id: string, by: string): Promise<string>;
  removeMqttClient(id: string, by: string): Promise<void>;
  listMqttClients(): readonly MqttClient[];
  verifyMqttClient(user: string, password: string): Promise<boolean>;
  /** Who is to end what clients opened with a password that was replaced or taken away. Call once. */
  onMqttVoid(listener: OnMqttVoid): void;
  /** Makes it when there is none, when it soon expires, or when hosts are missing in it. */
  serverCertificate(hosts: readonly string[]): Promise<ServerCertificate>;
}

export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { store, clock, site } = options;
  const log = options.log.child({ component: 'identity' });
  const audit = new Audit({ site, clock, store, log });
  const parts: IdentityParts = {
    store,
    clock,
    log,
    audit,
    passwords: new Passwords(options.passwordCost),
    attempts: new Attempts(clock),
    turns: new Turns(),
  };
  const sessions = new Sessions(parts);
  const people = new People(parts, sessions);
  const tokens = new Tokens(parts);
  const mqttClients = new MqttClients(parts);
  const claim = new Claim(parts, people, sessions);
  const names = ['sessions', 'users', 'tokens', 'mqtt-clients', 'claim'];
  const rows = await Promise.all(names.map((name) => store.query(`identity.${name}`)));
  for (const [index, part] of [sessions, people, tokens, mqttClients, claim].entries())
    part.load(rows[index] ?? []);
  await sessions.sweep();
  if (!people.isClaimed) await claim.issue('system');

  const pki = new SitePki({
    dir: join(options.dataDir, 'pki'),
    site,
    clock,
    log,
    record: async (issued) => {
      await store.commit([audit.op(certificateIssued, issued.kind, issued)]);
    },
  });
  const letIn = (attempt: Attempt, prove: () => Promise<NewSession>) => admitOnce(parts, attempt, prove);
  return {
    claimCode: () => claim.plain,
    issueClaim: (by) => claim.issue(by),
    redeemClaim: (code, address) =>
      letIn({ what: 'claim', address }, async () => {
        const { token, user } = await claim.redeem(code, address);
        return { token, ...signedIn(user) };
      }),
    signIn: (name, password, address) =>
      letIn({ what: 'password', name, address }, async () => {
        const user = await people.verify(name, password);
        if (user === undefined) throw new ApplianceError('IDN_SIGN_IN_REFUSED');
        const isStillRight = () => people.isUnchanged(user);
        const token = await sessions.start(user.name, user.role, address, isStillRight);
        return { token, ...signedIn(user) };
      }),
    session(token) {
      const name = sessions.user(token);
      const user = name === undefined ? undefined : people.get(name);
      return user === undefined ? undefined : signedIn(user);
    },
    signOut: (token) => sessions.end(token),
    setPassword: (name, password, { by = name, keepToken } = {}) =>
      people.setPassword(name, password, by, keepToken),
    addUser: (name, role, by) => people.add(name, role, by),
    removeUser: (name, by) => people.remove(name, by),
    setRole: (name, role, by) => people.setRole(name, role, by),
    listUsers: () => people.list(),
    issueToken: (name, role, by) => tokens.issue(name, role, by),
    revokeToken: (name, by) => tokens.revoke(name, by),
    listTokens: () => tokens.list(),
    token(token) {
      const found = tokens.find(token);
      return found === undefined ? undefined : { user: found.name, role: found.role };
    },
    addMqttClient: (id, by) => mqttClients.add(id, by),
    removeMqttClient: (id, by) => mqttClients.remove(id, by),
    listMqttClients: () => mqttClients.list(),
    verifyMqttClient: (id, password) => mqttClients.verify(id, password),
    onMqttVoid: (listener) => mqttClients.onVoid(listener),
    serverCertificate: (hosts) => pki.serverCertificate(hosts),
  };
}

interface Attempt {
  readonly what: 'password' | 'claim';
  readonly name?: string;
  readonly address: string;
}

/** One attempt to come in: slowed down when there were many, recorded when it is refused. */
async function admitOnce(
  { attempts, audit }: IdentityParts,
  { what, name, address }: Attempt,
  prove: () => Promise<NewSession>,
): Promise<NewSession> {
  const refuse = (reason: string) => audit.refused(what, name ?? 'one-time code', address, reason);
  let attempt: { undo(): void } | undefined;
  try {
    attempt = attempts.begin(address, name);
    const session = await prove();
    attempt.undo();
    if (name !== undefined) attempts.succeeded(name);
    return session;
  } catch (error) {
    if (isApplianceError(error, 'IDN_SIGN_IN_REFUSED') || isApplianceError(error, 'IDN_CLAIM_INVALID')) {
      await refuse(error.message);
    } else {
      // A full queue or a full disk says nothing of the one who asks.
      attempt?.undo();
      if (isApplianceError(error, 'API_RATE_LIMITED')) await refuse(error.message);
    }
    throw error;
  }
}

const signedIn = ({ name, role, mustSetPassword }: User): SignedIn => ({ user: name, role, mustSetPassword });
