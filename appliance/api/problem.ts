import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '#contracts/api.ts';
import { ApplianceError, type ErrorCode, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';

/** HTTP status of the codes that an API user can meet; every other expected fault is 503 or 422. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  API_UNAUTHENTICATED: 401,
  API_FORBIDDEN: 403,
  API_NOT_FOUND: 404,
  API_INVALID: 400,
  API_BODY_TOO_LARGE: 413,
  API_KEY_REUSED: 409,
  API_RATE_LIMITED: 429,
  INT_INVALID: 422,
  INT_UNMAPPED: 422,
  INT_CONFLICT: 409,
  INT_BACKLOG_FULL: 429,
  STORE_CONFLICT: 409,
  STORE_FULL: 507,
  SAGA_NOT_FOUND: 404,
  SAGA_ENDED: 409,
  SAGA_SIGNALS_EARLY: 429,
  SAGA_BREAKER_NOT_FOUND: 404,
  SAGA_MODEL_NOT_FOUND: 404,
  SAGA_MODEL_BASELINE: 409,
  ROLLOUT_VERSION_NOT_FOUND: 404,
  ROLLOUT_NOT_FOUND: 404,
  ROLLOUT_UNDER_WAY: 409,
  ROLLOUT_SAME_VERSION: 409,
  ROLLOUT_CURRENT_CHANGED: 409,
  SAGA_DEAD_LETTER_NOT_FOUND: 404,
  SAGA_DEAD_LETTER_CLOSED: 409,
  SAGA_REDRIVE_NOT_FOUND: 404,
  SAGA_TASK_NOT_FOUND: 404,
  SAGA_TASK_TAKEN: 409,
  TASK_ROLE: 403,
  TASK_NOT_YOURS: 409,
  NOTIFY_TEST_FAILED: 502,
  DOCK_NOT_FOUND: 404,
  DOCK_TAKEN: 409,
  DOCK_OUT_OF_ORDER: 409,
  DOCK_BOOKING_NOT_FOUND: 404,
  DOCK_BOOKING_OTHER: 409,
  DOCK_BOOKING_CHANGED: 412,
  DOCK_BOOKING_STATE: 409,
  SAFE_RESET_REFUSED: 409,
  IDN_CLAIM_INVALID: 401,
  IDN_SIGN_IN_REFUSED: 401,
  IDN_EXISTS: 409,
  IDN_LAST_ADMIN: 409,
  IDN_NOT_FOUND: 404,
};

/** When a fault that passes does not say itself how long it takes. */
const RETRY_AFTER_SECONDS = 5;

export function problemOf(error: ApplianceError, correlationId?: string): Problem {
  const field = error.details.field;
  return {
    status: statusOf[error.code] ?? (error.retryable ? 503 : 422),
    code: error.code,
    title: error.message,
    hint: error.hint,
    ...(typeof field === 'string' ? { field: `/${field.replaceAll('.', '/')}` } : {}),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

/** Makes every answer that is not a success a `Problem`, faults of the framework included. */
export function installProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toApplianceError(error, app.initialConfig.bodyLimit ?? 0);
    if (known === undefined) log.error({ err: error, request: request.id }, 'request failed');
    const problem =
      known === undefined
        ? {
            status: 500,
            code: 'INTERNAL',
            title: 'The appliance made a mistake',
            hint: `Look for request ${request.id} in the log.`,
            correlationId: request.id,
          }
        : problemOf(known, request.id);
    if (problem.status === 429 || problem.status === 503)
      reply.header('retry-after', String(known?.details.waitSeconds ?? RETRY_AFTER_SECONDS));
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(
      reply,
      problemOf(new ApplianceError('API_NOT_FOUND', { what: 'page', id: request.url.split('?')[0] })),
    ),
  );
}

/** The answer to an address that the router cannot read. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const cure = 'Write the address in UTF-8, percent-encoded, with % itself as %25.';
  const known = new ApplianceError('API_INVALID', { field: 'url', problem: error.message, cure });
  return sendProblem(reply, problemOf(known, request.id));
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

type SchemaProblem = NonNullable<FastifyError['validation']>[number];

function inWords({ keyword, params, message }: SchemaProblem): string {
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`;
  if (keyword === 'additionalProperties') return 'there is no such entry';
  return message ?? `breaks ${keyword}`;
}

/** The fault as the error table knows it; undefined when it is ours. */
export function toApplianceError(error: FastifyError, bytesMax: number): ApplianceError | undefined {
  if (isApplianceError(error)) return error;
  if (error.validation !== undefined) {
    const [first] = error.validation;
    const missing = first?.params.missingProperty ?? first?.params.additionalProperty;
    const at = `${first?.instancePath ?? ''}${missing === undefined ? '' : `/${String(missing)}`}`;
    const field = `${error.validationContext ?? 'body'}${at}`.replaceAll('/', '.');
    return new ApplianceError('API_INVALID', {
      field,
      problem: first === undefined ? error.message : inWords(first),
      cure: 'Compare the request with its schema at /docs.',
    });
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ApplianceError('API_BODY_TOO_LARGE', { bytesMax });
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const cure = 'Send JSON with the content type application/json.';
    return new ApplianceError('API_INVALID', { field: 'content-type', problem: 'is not taken here', cure });
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ApplianceError('API_INVALID', {
      field: 'body',
      problem: error.message,
      cure: 'Send JSON with the content type application/json.',
    });
  }
  return undefined;
}
