import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApplianceError } from '#contracts/errors.ts';
import { type Role, roles } from '#contracts/site-file.ts';
import type { Identity } from '../identity/index.ts';

export const SESSION_COOKIE = 'holdfast_session';

/** Who asks. `via` tells a browser's session from a machine's token. */
export interface Caller {
  readonly user: string;
  readonly role: Role;
  readonly mustSetPassword: boolean;
  readonly via: 'session' | 'token' | 'local';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Lowest role that may call the route; `nobody` for routes before sign-in. */
    role?: Role | 'nobody';
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

/** The caller of a route that demands a role. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new ApplianceError('API_UNAUTHENTICATED');
  return request.caller;
}

/** Refuses every route under the API that its caller's role does not reach. A route without a role needs admin. */
export function installAuth(app: FastifyInstance, identity: Identity, localToken: string): void {
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', async (request) => {
    // What is not there is not there for anybody, whatever the role.
    if (request.is404) return;
    const needed = request.routeOptions.config.role ?? 'admin';
    if (needed === 'nobody') return;
    request.caller = whoAsks(request, identity, localToken);
    const { role } = callerOf(request);
    if (roles.indexOf(role) < roles.indexOf(needed)) {
      const action = `${request.method} ${request.routeOptions.url ?? request.url}`;
      throw new ApplianceError('API_FORBIDDEN', { role, action, needed });
    }
    refuseForeignOrigin(request);
  });
}

/** Answers at once, from memory; also of a request that is long open, whose caller may be gone since. */
export function whoAsks(request: FastifyRequest, identity: Identity, localToken: string): Caller | undefined {
  const header = request.headers.authorization;
  if (header?.startsWith('Bearer ')) {
    const token = header.slice('Bearer '.length);
    if (sameToken(token, localToken))
      return { user: 'local', role: 'admin', mustSetPassword: false, via: 'local' };
    const found = identity.token(token);
    return found === undefined ? undefined : { ...found, mustSetPassword: false, via: 'token' };
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const session = cookie === undefined ? undefined : identity.session(cookie);
  return session === undefined ? undefined : { ...session, via: 'session' };
}

function sameToken(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return b.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}

/** SameSite=Strict keeps foreign pages from sending the cookie; WebSockets and old browsers need this too. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (request.caller?.via !== 'session' || origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new ApplianceError('API_FORBIDDEN', {
    role: 'a foreign page',
    action: 'call this site',
    needed: 'same origin',
  });
}
