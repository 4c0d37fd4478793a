import { apiErrors } from './errors/api.ts';
import { configErrors } from './errors/config.ts';
import { deadLetterErrors } from './errors/dead-letter.ts';
import { dockErrors } from './errors/dock.ts';
import { driverErrors } from './errors/drivers.ts';
import { identityErrors } from './errors/identity.ts';
import { intakeErrors } from './errors/intake.ts';
import { inventoryErrors } from './errors/inventory.ts';
import { mqttErrors } from './errors/mqtt.ts';
import { notifyErrors } from './errors/notify.ts';
import { rolloutErrors } from './errors/rollout.ts';
import { safetyErrors } from './errors/safety.ts';
import { sagaErrors } from './errors/saga.ts';
import { simErrors } from './errors/sim.ts';
import { storeErrors } from './errors/store.ts';
import { syncErrors } from './errors/sync.ts';
import { taskErrors } from './errors/task.ts';
import { workErrors } from './errors/work.ts';

/**
 * Every fault the product expects, by code. A code is never reused; `docs/errors.md` is generated from here.
 * `{name}` in a message or hint is filled from the details the thrower passes.
 */
export const errorTable = {
  ...apiErrors,
  ...configErrors,
  ...deadLetterErrors,
  ...dockErrors,
  ...driverErrors,
  ...identityErrors,
  ...intakeErrors,
  ...inventoryErrors,
  ...mqttErrors,
  ...notifyErrors,
  ...rolloutErrors,
  ...safetyErrors,
  ...sagaErrors,
  ...simErrors,
  ...storeErrors,
  ...syncErrors,
  ...workErrors,
  ...taskErrors,
} as const;
export type ErrorCode = keyof typeof errorTable;
export type ErrorDetails = Record<string, unknown>;

/** An expected fault: what happened (message), what to do (hint), and whether trying again can help. */
export class ApplianceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    const entry = errorTable[code];
    super(fill(entry.message, details), options);
    this.name = 'ApplianceError';
    this.code = code;
    this.hint = fill(entry.hint, details);
    this.retryable = entry.retryable;
    this.details = details;
  }
}

export function isApplianceError(error: unknown, code?: ErrorCode): error is ApplianceError {
  return error instanceof ApplianceError && (code === undefined || error.code === code);
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in details ? String(details[name]) : whole,
  );
}
