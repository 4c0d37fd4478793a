import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { Alarm, IDEMPOTENCY_HEADER, Interlock } from '#contracts/api.ts';
import { actionSpec, CapabilityCall, roleFor } from '#contracts/capabilities.ts';
import type { Command, CommandResult } from '#contracts/commands.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { type Role, roles } from '#contracts/site-file.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import { claimCommand, type Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 128 }) });

/** Interlocks, alarms, and commands by people. */
export function safetyRoutes(app: Api, services: ApiServices, repeatable: Repeatable): void {
  const { safety, alarms, clock, store } = services;

  /** Each id goes to the gate once, a crash in between or not; a repeat asks what became of it. */
  const sendOnce = async (command: Command): Promise<CommandResult> => {
    // A stop does not wait for the disk, and does no harm when it comes twice.
    const stops = actionSpec(command.call)?.movement === 'stops';
    if (stops || (await claimCommand(store, clock, command.commandId))) return safety.command(command);
    const found = await safety.reconcile(command);
    if (found.outcome === 'done') return { state: 'verified', data: found.data };
    const reason = 'reason' in found ? `${found.outcome}: ${found.reason}` : found.outcome;
    return { state: 'unknown', reason: `It was sent before and is not sent again. Asked now: ${reason}` };
  };

  app.get(
    '/interlocks',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['safety'],
        summary: 'Interlocks, and whether they are met',
        response: { 200: Type.Object({ interlocks: Type.Array(Interlock) }) },
      },
    },
    () => ({ interlocks: [...safety.interlocks()] }),
  );
  app.post(
    '/interlocks/:id/reset',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['safety'],
        summary: 'Allow motion again after an interlock holds again',
        params: Id,
        response: { 200: Interlock },
      },
    },
    (request) => safety.reset(request.params.id, callerOf(request).user),
  );
  app.get(
    '/alarms',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['safety'],
        summary: 'Active alarms',
        response: { 200: Type.Object({ alarms: Type.Array(Alarm) }) },
      },
    },
    () => ({ alarms: [...alarms.list()] }),
  );
  app.post(
    '/alarms/:id/acknowledge',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['safety'],
        summary: 'Say that an alarm has been seen',
        params: Id,
        response: { 200: Alarm },
      },
    },
    (request) => alarms.acknowledge(request.params.id, callerOf(request).user),
  );
  app.post(
    '/commands',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['safety'],
        summary: 'Ask a device for something, through the gate',
        description:
          'Needs an idempotency key: the same key never moves anything twice. An operator may end motion (pause, stop, cancel); everything else by hand is for technicians.',
        body: Type.Object(
          {
            target: Type.String({ minLength: 1, maxLength: 64 }),
            call: CapabilityCall,
            expiresAtMs: Type.Integer({
              description: 'Wall time, ms since the epoch; at most a minute ahead.',
            }),
            timeoutMs: Type.Integer({ minimum: 1, maximum: 600_000, default: 30_000 }),
            reason: Type.String({ minLength: 1, maxLength: 500 }),
          },
          { additionalProperties: false },
        ),
      },
    },
    (request, reply) => {
      const { body } = request;
      const { user, role } = callerOf(request);
      refuseBelow(role, body.call);
      const key = request.headers[IDEMPOTENCY_HEADER];
      if (typeof key !== 'string' || key === '') {
        throw new ApplianceError('API_INVALID', {
          field: IDEMPOTENCY_HEADER,
          problem: 'is missing',
          cure: 'Send a new UUID with each command.',
        });
      }
      if (body.expiresAtMs > clock.nowMs() + COMMAND_AHEAD_MS_MAX) {
        throw new ApplianceError('API_INVALID', {
          field: 'body.expiresAtMs',
          problem: 'is more than a minute ahead',
          cure: 'A command is for now; send it when it is due.',
        });
      }
      const commandId = createHash('sha256').update(`${user}|${key}`).digest('hex').slice(0, 32);
      return repeatable(request, reply, async () => ({
        status: 200,
        body: {
          commandId,
          result: await sendOnce({
            commandId,
            ...body,
            epoch: 0,
            requestedBy: { kind: 'person', id: user },
            correlationId: commandId,
            traceparent: request.traceparent,
          }),
        },
      }));
    },
  );
}

const COMMAND_AHEAD_MS_MAX = 60_000;

function refuseBelow(role: Role, call: CapabilityCall): void {
  const needed = roleFor(call);
  if (roles.indexOf(role) >= roles.indexOf(needed)) return;
  throw new ApplianceError('API_FORBIDDEN', { role, action: `${call.capability}.${call.action}`, needed });
}
