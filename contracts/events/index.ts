import { alarmEvents } from './alarm.ts';
import { breakerEvents } from './breaker.ts';
import { commandEvents } from './command.ts';
import { deadLetterEvents } from './dead-letter.ts';
import { deviceEvents } from './device.ts';
import { dockEvents } from './dock.ts';
import type { EventDefinition } from './envelope.ts';
import { identityEvents } from './identity.ts';
import { inventoryEvents } from './inventory.ts';
import { kpiEvents } from './kpi.ts';
import { modelEvents } from './model.ts';
import { mqttEvents } from './mqtt.ts';
import { notifyEvents } from './notify.ts';
import { orderEvents } from './order.ts';
import { peopleEvents } from './people.ts';
import { rolloutEvents } from './rollout.ts';
import { safetyEvents } from './safety.ts';
import { sagaEvents } from './saga.ts';
import { signalEvents } from './signal.ts';
import { syncEvents } from './sync.ts';
import { taskEvents } from './task.ts';

/** Every event type the product can emit. AsyncAPI, JSON Schemas and the data checks are made from it. */
export const eventCatalogue: readonly EventDefinition[] = [
  ...orderEvents,
  ...inventoryEvents,
  ...sagaEvents,
  ...deadLetterEvents,
  ...kpiEvents,
  ...rolloutEvents,
  ...signalEvents,
  ...breakerEvents,
  ...commandEvents,
  ...deviceEvents,
  ...alarmEvents,
  ...taskEvents,
  ...peopleEvents,
  ...notifyEvents,
  ...safetyEvents,
  ...syncEvents,
  ...identityEvents,
  ...mqttEvents,
  ...modelEvents,
  ...dockEvents,
];

export const eventDefinitions: ReadonlyMap<string, EventDefinition> = new Map(
  eventCatalogue.map((definition) => [definition.type, definition]),
);
