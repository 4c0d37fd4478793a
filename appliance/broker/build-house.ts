import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';
import { Auditor } from './auditor.ts';
import { ControlPersistence, SiteAedes } from './connection/site-aedes.ts';
import { type Grants, grantsByUser, type MqttConfig } from './grants.ts';
import { Handlers } from './handlers.ts';
import type { Authenticate, House } from './house.ts';
import type { BrokerLimits } from './limits.ts';
import { Committer } from './persistence/committer.ts';
import type { StorePersistence } from './persistence/persistence.ts';
import { Retained } from './persistence/retained.ts';
import { Subscriptions } from './persistence/subscriptions.ts';
import { Router } from './router.ts';
import { Admission } from './session/admission.ts';
import type { Session } from './session/session.ts';
import { Sessions } from './session/sessions.ts';
import { TokenBuckets } from './token-buckets.ts';
import { Wills } from './wills.ts';

export interface HouseOptions {
  readonly config: MqttConfig;
  readonly site: string;
  readonly store: Store;
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: BrokerLimits;
}

/** The broker without its listeners. */
export interface BuiltHouse {
  readonly house: House;
  readonly retained: Retained;
  /** The way of messages that the process itself publishes. */
  readonly own: Admission;
  readonly wills: Wills;
}

/** Makes the parts of the broker, hands them to one another, and fills them with what is stored. */
export async function buildHouse(options: HouseOptions): Promise<BuiltHouse> {
  const { config, store, clock, log, limits } = options;
  const grants = grantsByUser(config, options.site);
  const committer = new Committer(store, limits.commitOpsMax);
  const auditor = new Auditor(options, limits);
  const subscriptions = new Subscriptions();
  const retained = new Retained(committer, clock, log, limits);
  const onDropped = (session: Session, count: number) => auditor.dropped(dropReport(session), count);
  const sessions = new Sessions({ store, committer, subscriptions, limits, clock, log, onDropped });
  const router = new Router(subscriptions, sessions, retained);
  const handlers = new Handlers(log, limits.handlerPendingMax);
  const own = new Admission({ router, handlers, committer }, null);
  const persistence = new ControlPersistence(
    { store, committer, retained, subscriptions, queueOf: (clientId) => sessions.queueOf(clientId) },
    (clientId) => sessions.get(clientId)?.stored !== true,
  );
  const wills = new Wills(persistence, own, log);
  const aedes = new SiteAedes(persistence, (clientId, will) => wills.publish(clientId, will));
  await loadStored({ store, sessions, subscriptions, retained, persistence, grants });
  await aedes.listen();
  const house: House = {
    limits,
    packetBytesMax: config.packetBytesMax,
    clock,
    log,
    authenticate: options.authenticate,
    grants,
    auditor,
    sessions,
    subscriptions,
    router,
    handlers,
    committer,
    aedes,
    refusals: new TokenBuckets(clock, {
      burst: limits.refusalBurst,
      perSecond: limits.refusalsPerSecond,
      keysMax: limits.addressesMax,
    }),
    connections: new Map(),
    sockets: new Set(),
    counts: { received: 0, connects: 0 },
  };
  return { house, retained, own, wills };
}

const dropReport = ({ clientId, user, config, index }: Session) => ({
  clientId,
  user,
  policy: config.queuePolicy,
  queueBytesMax: config.queueBytesMax,
  queuedBytes: () => index.bytes,
});

async function loadStored(parts: {
  store: Store;
  sessions: Sessions;
  subscriptions: Subscriptions;
  retained: Retained;
  persistence: StorePersistence;
  grants: ReadonlyMap<string, Grants>;
}): Promise<void> {
  const { store, grants } = parts;
  const names = ['sessions', 'outgoing-sizes', 'incoming-ids', 'subscriptions', 'retained', 'wills'];
  const read = await Promise.all(names.map((name) => store.query(`broker.${name}`)));
  const [sessions = [], sizes = [], incoming = [], subscriptions = [], retained = [], wills = []] = read;
  parts.sessions.load({ sessions, sizes, incoming }, grants);
  parts.subscriptions.load(subscriptions, (clientId, filter) => {
    const user = parts.sessions.get(clientId)?.user;
    return user !== undefined && grants.get(user)?.maySubscribe(filter) === true;
  });
  parts.retained.load(retained);
  parts.persistence.loadWills(wills);
}
