import { Type } from 'typebox';
import { Command, type CommandChange, CommandState } from '../commands.ts';
import { type AnyEvent, createEvent, defineEvent } from './envelope.ts';

/** One event per step of a command's life. `commandId` is the subject. */
export const commandRequested = defineEvent({
  type: 'holdfast.command.requested.v1',
  title: 'A command was asked for',
  lane: 'audit',
  classification: 'internal',
  data: Command,
});
export const commandChanged = defineEvent({
  type: 'holdfast.command.changed.v1',
  title: 'A command moved on in its life',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    commandId: Type.String(),
    target: Type.String(),
    action: Type.String(),
    state: CommandState,
    reason: Type.Optional(Type.String({ description: 'Why it was refused, failed, expired or is unknown.' })),
    interlocks: Type.Optional(Type.Array(Type.String(), { description: 'Interlocks that refused it.' })),
    epoch: Type.Integer({ minimum: 0 }),
  }),
});

export const commandEvents = [commandRequested, commandChanged] as const;

/** The event of a change, for the log. It belongs to what the command belongs to. */
export function commandEvent(change: CommandChange, site: string): AnyEvent {
  const { command } = change;
  const context = {
    site,
    component: 'safety/gate',
    nowMs: change.atMs,
    correlationId: command.correlationId,
    traceparent: command.traceparent,
  };
  if (change.state === 'requested') return createEvent(commandRequested, command.commandId, command, context);
  const data = {
    commandId: command.commandId,
    target: command.target,
    action: command.call.action,
    state: change.state,
    epoch: command.epoch,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    ...(change.interlocks === undefined ? {} : { interlocks: [...change.interlocks] }),
  };
  return createEvent(commandChanged, command.commandId, data, context);
}
