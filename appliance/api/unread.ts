import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Intake, Origin } from '../intake/index.ts';
import { toApplianceError } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The start of a body that is no JSON. */
    unreadBody: string | undefined;
  }
}

const UNREAD_CHARS_MAX = 1_000;

/** Takes JSON and nothing else; the start of what is no JSON is kept with its request. */
export function installBodies(app: FastifyInstance): void {
  app.decorateRequest('unreadBody', undefined);
  app.removeContentTypeParser('text/plain');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    parse(request, body, (error, value) => {
      if (error !== null) request.unreadBody = body.slice(0, UNREAD_CHARS_MAX);
      done(error !== null && isJson(body) ? forbiddenEntry() : error, value);
    }),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The parser calls entries that would reach into the prototype of an object no JSON, without a word about why. */
function forbiddenEntry(): ApplianceError {
  const problem = 'there must be no entry "__proto__", nor "prototype" in "constructor"';
  return new ApplianceError('API_INVALID', { field: 'body', problem, cure: 'Leave the entry out.' });
}

/**
 * The error handler of a route of the intake. What never reached the intake (no JSON, too large, a key used
 * before) is recorded as its refusal too; then the error goes on to become the answer.
 */
export function recordUnread(intake: Intake, wayIn: (request: FastifyRequest) => Origin['intake'], log: Log) {
  return async (error: FastifyError, request: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    const known = toApplianceError(error, request.routeOptions.bodyLimit ?? 0);
    if (known !== undefined && isUnread(error)) {
      const origin = {
        intake: wayIn(request),
        key: keyOf(request),
        traceparent: request.traceparent,
      };
      await intake
        .refuse(known, origin, request.body ?? request.unreadBody ?? unseen(request))
        // The sender gets its answer all the same.
        .catch((cause: unknown) => log.error({ err: cause }, 'a refusal could not be recorded'));
    }
    throw error;
  };
}

/** Refused before the intake saw it; its own refusals are recorded by itself, those of strangers are not. */
const isUnread = (error: FastifyError): boolean =>
  error.validation !== undefined ||
  String(error.code).startsWith('FST_ERR_CTP_') ||
  isApplianceError(error, 'API_INVALID') ||
  isApplianceError(error, 'API_KEY_REUSED');

/** The order id, as far as it can be seen. */
function keyOf(request: FastifyRequest): string {
  const { id } = request.params as { id?: string };
  const { orderId } = (request.body ?? {}) as { orderId?: unknown };
  if (id !== undefined || typeof orderId === 'string') return id ?? String(orderId);
  return /"orderId"\s*:\s*"([^"\\]{1,64})"/.exec(request.unreadBody ?? '')?.[1] ?? '';
}

const unseen = ({ headers }: FastifyRequest): string =>
  `not read: ${headers['content-length'] ?? '?'} bytes of ${headers['content-type'] ?? 'no content type'}`;
