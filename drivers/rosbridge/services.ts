import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { RosbridgeMessage, RosbridgeRequest } from '#contracts/ros.ts';

/** Service calls that may wait for their answer on one connection. */
const CALLS_WAITING_MAX = 64;

export interface Services {
  /** Resolves with the values. Rejects with DRV_LINK_DOWN (not sent), DRV_TIMEOUT, DRV_REFUSED or DRV_OVERLOADED. */
  call(service: string, args: unknown, timeoutMs: number): Promise<unknown>;
  /** True when it was an answer to a call of ours. */
  take(message: Extract<RosbridgeMessage, { op: 'service_response' }>): boolean;
  close(): void;
}

interface Waiting {
  resolve(values: unknown): void;
  reject(error: ApplianceError): void;
}

/** Matches answers to calls by their id; one that comes too late is nobody's. */
export function createServices(
  device: string,
  clock: Clock,
  send: (request: RosbridgeRequest) => boolean,
): Services {
  const waiting = new Map<string, Waiting>();
  let calls = 0;
  return {
    call(service, args, timeoutMs) {
      if (waiting.size >= CALLS_WAITING_MAX) {
        return Promise.reject(new ApplianceError('DRV_OVERLOADED', { device, count: waiting.size }));
      }
      calls += 1;
      const id = `call:${calls}`;
      return new Promise((resolve, reject) => {
        const cancel = clock.after(timeoutMs, () => {
          waiting.delete(id);
          reject(new ApplianceError('DRV_TIMEOUT', { device, what: service, timeoutMs }));
        });
        const end = () => {
          waiting.delete(id);
          cancel();
        };
        waiting.set(id, {
          resolve(values) {
            end();
            resolve(values);
          },
          reject(error) {
            end();
            reject(error);
          },
        });
        if (!send({ op: 'call_service', id, service, args })) {
          waiting
            .get(id)
            ?.reject(new ApplianceError('DRV_LINK_DOWN', { device, reason: 'the connection is gone' }));
        }
      });
    },
    take({ id, service, result, values }) {
      const call = id === undefined ? undefined : waiting.get(id);
      if (call === undefined) return false;
      if (result) call.resolve(values);
      else {
        const reason = typeof values === 'string' ? values : 'the service failed';
        call.reject(new ApplianceError('DRV_REFUSED', { device, what: service, reason }));
      }
      return true;
    },
    close() {
      // Sent and unanswered: the callers must not take this for "not done".
      for (const call of [...waiting.values()]) {
        call.reject(
          new ApplianceError('DRV_TIMEOUT', {
            device,
            what: 'a service before the link was lost',
            timeoutMs: 0,
          }),
        );
      }
    },
  };
}
