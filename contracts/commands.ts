import { type Static, Type } from 'typebox';
import { CapabilityCall } from './capabilities.ts';

/** requested → admitted or refused → dispatched → verified, failed, expired or unknown → reconciled. */
export const commandStates = [
  'requested',
  'admitted',
  'refused',
  'dispatched',
  'verified',
  'failed',
  'expired',
  'unknown',
  'reconciled',
] as const;
export const CommandState = Type.Enum(commandStates as unknown as [CommandStateName, ...CommandStateName[]]);
type CommandStateName = (typeof commandStates)[number];
export type CommandState = CommandStateName;

export const Requester = Type.Object({
  kind: Type.Enum(['saga', 'person', 'safety', 'system']),
  id: Type.String({ description: 'Saga id, user name, interlock id or component.' }),
});
export type Requester = Static<typeof Requester>;

export const Command = Type.Object({
  commandId: Type.String({
    description: 'Also the idempotency key: the same id is never carried out twice.',
  }),
  target: Type.String({ description: 'Capability id of the site file, such as amr-1.' }),
  call: CapabilityCall,
  expiresAtMs: Type.Integer({ description: 'Wall time, ms since the epoch. Past it the command is dead.' }),
  timeoutMs: Type.Integer({ minimum: 1, description: 'How long the device may take once it was told.' }),
  epoch: Type.Integer({
    minimum: 0,
    description: 'Fencing epoch of the lease on the target; 0 without one.',
  }),
  requestedBy: Requester,
  reason: Type.String({ description: 'Why, in words an operator understands.' }),
  correlationId: Type.String(),
  traceparent: Type.Optional(Type.String()),
});
export type Command = Static<typeof Command>;

/** How a command ended. `unknown` is never retried: ask the device (`reconcile`). */
export type CommandResult =
  | { state: 'verified'; data: Record<string, unknown> }
  | {
      state: 'refused';
      reason: string;
      interlocks: readonly string[];
      /** SAFE_* of the error table. */
      code?: string;
      /** True when the same wish, under a new id, may pass later: the target is busy, an interlock is open. */
      retryable?: boolean;
    }
  | { state: 'failed'; code: string; reason: string; retryable: boolean }
  | { state: 'expired'; reason: string }
  | { state: 'unknown'; reason: string };

/** One step of a command's life, as the gate reports it; becomes `command.requested` or `command.changed`. */
export interface CommandChange {
  readonly command: Command;
  readonly state: CommandState;
  readonly atMs: number;
  readonly reason?: string;
  readonly interlocks?: readonly string[];
}

/** What the device says of a command it may or may not have carried out. */
export type Reconciliation =
  | { outcome: 'done'; data: Record<string, unknown> }
  | { outcome: 'running' }
  | { outcome: 'not-done'; reason: string }
  | { outcome: 'failed'; reason: string }
  | { outcome: 'unknown'; reason: string };

/**
 * The only way to move something. Handed out by the composition root; it leads through the gate.
 *
 * Call order: persist the intent (with its `commandId`), then `submit`. After a restart, `reconcile` each
 * persisted intent that has no result; never `submit` the same work under a new id before that.
 */
export interface CommandPort {
  /** Resolves when the command has ended; never rejects for a refusal or a fault of the device. */
  submit(command: Command): Promise<CommandResult>;
  /** Asks the device what became of a command. Never moves anything. */
  reconcile(command: Command): Promise<Reconciliation>;
}
