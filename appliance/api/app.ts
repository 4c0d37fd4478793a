import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import { API_PREFIX } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { ID_CHARS_MAX } from '#contracts/ids.ts';
import { installAuth } from './auth.ts';
import { createRepeatable } from './idempotency.ts';
import { createKnownNames } from './known-names.ts';
import { answerFrameworkError, installProblems } from './problem.ts';
import { accessRoutes } from './routes/access.ts';
import { breakerRoutes } from './routes/breakers.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { demoRoutes } from './routes/demo.ts';
import { deviceRoutes } from './routes/devices.ts';
import { dockRoutes } from './routes/docks.ts';
import { intakeRoutes } from './routes/intake.ts';
import { kpiRoutes } from './routes/kpis.ts';
import { limitRoutes } from './routes/limits.ts';
import { liveRoutes } from './routes/live.ts';
import { modelRoutes } from './routes/models.ts';
import { orderRoutes } from './routes/orders.ts';
import { peopleRoutes } from './routes/people.ts';
import { rolloutRoutes } from './routes/rollout.ts';
import { safetyRoutes } from './routes/safety.ts';
import { sagaRoutes } from './routes/sagas.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/session.ts';
import { signalRoutes } from './routes/signals.ts';
import { syncRoutes } from './routes/sync.ts';
import { taskRoutes } from './routes/tasks.ts';
import { workRoutes } from './routes/work.ts';
import type { ApiServices } from './services.ts';
import { installTracing } from './trace.ts';
import { installBodies } from './unread.ts';

export interface ListeningApi {
  readonly url: string;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 1_000;
/** Each character of an id may take three in an address, as in `%2F`. */
const PARAM_CHARS_MAX = 3 * ID_CHARS_MAX;

/**
 * Serves the API and the pages; resolves when it listens. `tls` as the site's certificate gives it.
 *
 * Errors: API_LISTEN_FAILED.
 */
export async function startApi(
  services: ApiServices,
  tls: { key: string; cert: string } | undefined,
): Promise<ListeningApi> {
  const { host, port: wanted } = services.siteFile.http;
  const app = await buildApi(services, tls);
  try {
    await app.listen({ host, port: wanted });
  } catch (cause) {
    await app.close();
    const { message: reason } = cause as Error;
    throw new ApplianceError('API_LISTEN_FAILED', { host, port: wanted, reason }, { cause });
  }
  app.server.maxConnections = CONNECTIONS_MAX;
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wanted;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async close() {
      services.live.close();
      await app.close();
    },
  };
}

export async function buildApi(
  services: ApiServices,
  tls?: { key: string; cert: string },
): Promise<FastifyInstance> {
  const options: FastifyHttpOptions<Server> = {
    bodyLimit: services.siteFile.http.bodyBytesMax,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    // Requests are counted in /metrics; a line each would bury what matters.
    logger: false,
    // What the router itself refuses, such as an address that is no UTF-8, never reaches the error handler.
    frameworkErrors: answerFrameworkError,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allErrors: false } },
  };
  const app: FastifyInstance =
    tls === undefined
      ? fastify(options)
      : fastify({ ...options, https: { ...tls, minVersion: 'TLSv1.2' } } as FastifyHttpOptions<Server>);
  installProblems(app, services.log);
  installHeaders(app);
  await app.register(fastifyCookie);
  await app.register(fastifyWebsocket, { options: { maxPayload: 4_096 } });
  await installDocs(app, services.version);
  installTracing(app, services.tracing, services.clock.nowMs);
  installAuth(app, services.identity, services.localToken);
  await app.register(async (api) => installRoutes(withTypes(api), services), { prefix: API_PREFIX });
  installProbes(app, services);
  await installPages(app, services.uiDir);
  return app;
}

const withTypes = (app: FastifyInstance) => app.withTypeProvider<TypeBoxTypeProvider>();
/** The instance as the routes see it: schemas give the types of requests and answers. */
export type Api = ReturnType<typeof withTypes>;

function installRoutes(api: Api, services: ApiServices): void {
  installBodies(api);
  const repeatable = createRepeatable(services.store, services.clock);
  const known = createKnownNames(services);
  sessionRoutes(api, services);
  accessRoutes(api, services);
  deviceRoutes(api, services);
  safetyRoutes(api, services, repeatable);
  syncRoutes(api, services);
  demoRoutes(api, services);
  api.register(async (plain) => {
    const work = withTypes(plain);
    refuseWhileStarting(work, services);
    orderRoutes(work, services, repeatable);
    taskRoutes(work, services, repeatable, known);
    deadLetterRoutes(work, services, repeatable, known);
    kpiRoutes(work, services, known);
    peopleRoutes(work, services, repeatable);
    sagaRoutes(work, services, repeatable, known);
    rolloutRoutes(work, services, repeatable, known);
    signalRoutes(work, services);
    scheduleRoutes(work, services);
    breakerRoutes(work, services);
    limitRoutes(work, services);
    workRoutes(work, services, repeatable);
    dockRoutes(work, services, repeatable);
    modelRoutes(work, services);
    intakeRoutes(work, services);
    liveRoutes(work, services);
  });
}

/**
 * What is about work waits until the orchestrator has taken up that of before, reading too: half of the tasks or
 * of the stock is worse than none. Signing in, devices and safety do not wait for it.
 */
function refuseWhileStarting(work: Api, { isStarting }: ApiServices): void {
  work.addHook('onRequest', async () => {
    if (isStarting()) throw new ApplianceError('SAGA_STARTING');
  });
}

function installHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('x-frame-options', 'DENY');
    if (!request.url.startsWith('/docs')) {
      reply.header(
        'content-security-policy',
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      );
    }
    if (request.url.startsWith(API_PREFIX)) reply.header('cache-control', 'no-store');
  });
}

async function installDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast', version, description: 'The API of one warehouse site.' },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'holdfast_session' },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `schema-${index}`),
    },
  });
  // The document tells shapes, not facts of the site; a technician reads it before signing in.
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { ...route.config, role: 'nobody' };
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true });
}

function installProbes(app: FastifyInstance, services: ApiServices): void {
  const open = { config: { role: 'nobody' }, schema: { hide: true } } as const;
  app.get('/healthz', open, async () => ({ status: 'alive', version: services.version }));
  app.get('/readyz', open, async (_request, reply) => {
    const reason = services.notReady();
    return reply
      .code(reason === undefined ? 200 : 503)
      .send({ status: reason === undefined ? 'ready' : 'not ready', reason });
  });
  app.get('/metrics', { config: { role: 'viewer' }, schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await services.metrics();
    return reply.type(contentType).send(text);
  });
}

const NOT_BUILT = 'The pages are not built. Run "npm run build" once.';

async function installPages(app: FastifyInstance, uiDir: string): Promise<void> {
  const page = join(uiDir, 'index.html');
  if (!existsSync(page)) {
    app.get('/', { config: { role: 'nobody' }, schema: { hide: true } }, (_request, reply) =>
      reply.code(503).type('text/plain').send(NOT_BUILT),
    );
    return;
  }
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith(API_PREFIX)) route.config = { role: 'nobody', ...route.config };
  });
  await app.register(fastifyStatic, { root: uiDir, wildcard: false, index: ['index.html'] });
}
