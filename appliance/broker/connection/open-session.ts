import type { ErrorCode } from '#contracts/errors.ts';
import type { Grants } from '../grants.ts';
import type { House } from '../house.ts';
import type { Session } from '../session/session.ts';
import type { Connect } from '../wire/packets.ts';

/** Return codes of CONNACK, MQTT 3.1.1 table 3.1. */
export const IDENTIFIER_REJECTED = 2;
export const SERVER_UNAVAILABLE = 3;
export const BAD_CREDENTIALS = 4;
export const NOT_AUTHORIZED = 5;

export interface ConnectRefusal {
  readonly allowed: false;
  readonly returnCode: number;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly topic?: string;
}
export interface ConnectGrant {
  readonly allowed: true;
  readonly grants: Grants;
}

const refuse = (returnCode: number, code: ErrorCode, reason: string, topic?: string): ConnectRefusal => ({
  allowed: false,
  returnCode,
  code,
  reason,
  ...(topic === undefined ? {} : { topic }),
});

/** Whether this CONNECT may come in. Nobody comes in without a name and a password. */
export async function judgeConnect(
  house: House,
  connect: Connect,
  clientId: string,
  address: string,
): Promise<ConnectGrant | ConnectRefusal> {
  const { user, password, will } = connect;
  if (house.connections.size >= house.limits.clientsMax && !house.connections.has(clientId)) {
    return refuse(
      SERVER_UNAVAILABLE,
      'MQTT_LIMIT_REACHED',
      `${house.limits.clientsMax} clients are connected`,
    );
  }
  if (user === undefined || password === undefined) {
    return refuse(NOT_AUTHORIZED, 'MQTT_BAD_CREDENTIALS', 'no user name and password');
  }
  // Checked before the password: each check costs a key derivation.
  if (!house.refusals.has(address)) {
    return refuse(SERVER_UNAVAILABLE, 'MQTT_LIMIT_REACHED', 'too many refused passwords from this address');
  }
  if (!(await house.authenticate(user, password.toString('utf8')))) {
    house.refusals.take(address);
    return refuse(BAD_CREDENTIALS, 'MQTT_BAD_CREDENTIALS', 'wrong user name or password');
  }
  const grants = house.grants.get(user);
  if (grants === undefined) {
    return refuse(NOT_AUTHORIZED, 'MQTT_TOPIC_DENIED', 'the site file grants this user nothing');
  }
  if (will !== undefined && !grants.mayPublish(will.topic)) {
    return refuse(
      NOT_AUTHORIZED,
      'MQTT_TOPIC_DENIED',
      'its will goes to a topic it may not publish to',
      will.topic,
    );
  }
  if (house.sessions.isForeign(clientId, user)) {
    return refuse(IDENTIFIER_REJECTED, 'MQTT_CLIENT_ID_TAKEN', 'the client id belongs to another user');
  }
  return { allowed: true, grants };
}

/** The session for a CONNECT that was let in. */
export async function openSession(
  house: House,
  clientId: string,
  grants: Grants,
  clean: boolean,
): Promise<{ allowed: true; session: Session; present: boolean } | ConnectRefusal> {
  const result = await house.sessions.open(clientId, grants, clean);
  if (result.opened) return { allowed: true, session: result.session, present: result.present };
  return result.reason === 'other-user'
    ? refuse(IDENTIFIER_REJECTED, 'MQTT_CLIENT_ID_TAKEN', 'the client id belongs to another user')
    : refuse(SERVER_UNAVAILABLE, 'MQTT_LIMIT_REACHED', 'too many stored sessions');
}
