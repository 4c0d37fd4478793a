import { Type } from 'typebox';
import { Session } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import { type Caller, callerOf, SESSION_COOKIE } from '../auth.ts';
import type { ApiServices } from '../services.ts';

const closed = { additionalProperties: false } as const;
const SESSION_SECONDS = 12 * 3_600;

/** Signing in and out. */
export function sessionRoutes(app: Api, { identity, siteFile, version, demo }: ApiServices): void {
  const sessionOf = ({ user, role, mustSetPassword }: Omit<Caller, 'via'>): Session => ({
    user,
    role,
    site: { id: siteFile.site.id, name: siteFile.site.name, timeZone: siteFile.site.timeZone },
    version,
    demo: demo !== undefined,
    mustSetPassword,
  });
  const cookie = {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: siteFile.http.tls === true,
    maxAge: SESSION_SECONDS,
  } as const;

  app.get(
    '/session',
    {
      config: { role: 'viewer' },
      schema: { tags: ['session'], summary: 'Who asks, and what they may do', response: { 200: Session } },
    },
    (request) => sessionOf(callerOf(request)),
  );
  app.post(
    '/session/claim',
    {
      config: { role: 'nobody' },
      schema: {
        tags: ['session'],
        summary: 'Redeem the one-time code of the first start',
        body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 128 }) }, closed),
        response: { 200: Session },
      },
    },
    async (request, reply) => {
      const signedIn = await identity.redeemClaim(request.body.code, request.ip);
      reply.setCookie(SESSION_COOKIE, signedIn.token, cookie);
      return sessionOf(signedIn);
    },
  );
  app.post(
    '/session',
    {
      config: { role: 'nobody' },
      schema: {
        tags: ['session'],
        summary: 'Sign in',
        body: Type.Object(
          {
            user: Type.String({ minLength: 1, maxLength: 64 }),
            password: Type.String({ minLength: 1, maxLength: 256 }),
          },
          closed,
        ),
        response: { 200: Session },
      },
    },
    async (request, reply) => {
      const signedIn = await identity.signIn(request.body.user, request.body.password, request.ip);
      reply.setCookie(SESSION_COOKIE, signedIn.token, cookie);
      return sessionOf(signedIn);
    },
  );
  app.delete(
    '/session',
    { config: { role: 'viewer' }, schema: { tags: ['session'], summary: 'Sign out' } },
    async (request, reply) => {
      const token = request.cookies[SESSION_COOKIE];
      if (token !== undefined) await identity.signOut(token);
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
    },
  );
  app.post(
    '/session/password',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['session'],
        summary: 'Set the password of the one who asks',
        body: Type.Object({ password: Type.String({ minLength: 10, maxLength: 256 }) }, closed),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      if (caller.via !== 'session') {
        throw new ApplianceError('API_FORBIDDEN', {
          role: caller.role,
          action: 'set a password',
          needed: 'of a signed-in person',
        });
      }
      const keepToken = request.cookies[SESSION_COOKIE] ?? '';
      await identity.setPassword(caller.user, request.body.password, { keepToken });
      return reply.code(204).send();
    },
  );
}
