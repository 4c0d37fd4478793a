import type { Grants } from '../grants.ts';
import type { BrokerLimits } from '../limits.ts';
import type { Subscriptions } from '../persistence/subscriptions.ts';
import type { Qos, Subscribe } from '../wire/packets.ts';
import { levelCount } from '../wire/topics.ts';

/** SUBACK code of a refused filter. */
export const SUBSCRIPTION_FAILED = 0x80;

export interface SubscribePlan {
  /** One per filter of the packet, in its order [MQTT-3.9.3-1]. */
  readonly codes: readonly number[];
  /** What is granted, each filter once; of two alike the later counts [MQTT-3.8.4-3]. */
  readonly granted: readonly { readonly filter: string; readonly qos: Qos }[];
  readonly denied: readonly string[];
}

/** What becomes of the filters of one SUBSCRIBE. */
export function planSubscribe(
  packet: Subscribe,
  clientId: string,
  grants: Grants,
  subscriptions: Subscriptions,
  limits: BrokerLimits,
): SubscribePlan {
  const granted = new Map<string, Qos>();
  const denied: string[] = [];
  let left = limits.subscriptionsPerClientMax - subscriptions.countOf(clientId);
  const codes = packet.filters.map(({ filter, qos }) => {
    const isNew = !granted.has(filter) && !subscriptions.has(clientId, filter);
    if (!grants.maySubscribe(filter) || levelCount(filter) > limits.topicLevelsMax || (isNew && left <= 0)) {
      denied.push(filter);
      return SUBSCRIPTION_FAILED;
    }
    if (isNew) left -= 1;
    granted.set(filter, qos);
    return qos;
  });
  return { codes, granted: [...granted].map(([filter, qos]) => ({ filter, qos })), denied };
}
