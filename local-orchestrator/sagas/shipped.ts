import type { Clock } from '#contracts/clock.ts';
import type { DockConfig } from '#contracts/docks.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { PlaceConfig, SiteFile } from '#contracts/site-file.ts';
import type { ActivityRunner } from '../activities/activity.ts';
import { DOCK_HANDOFF } from '../docks/bookings.ts';
import type { DockBookKeeper } from '../docks/dock-book.ts';
import type { Fleet, FleetView } from '../fleet/fleet.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { countRunners } from './count-activities.ts';
import { cycleCount } from './cycle-count.ts';
import { dockRunners } from './dock-activities.ts';
import { dockHandoff } from './dock-handoff.ts';
import { pickRunners } from './pick-activities.ts';
import { PICK_ORDER, pickOrder } from './pick-order.ts';
import { putaway } from './putaway.ts';
import { recoveryRunners } from './recovery-activities.ts';
import { replenish } from './replenish.ts';
import { robotRecovery } from './robot-recovery.ts';
import { stockRunners } from './stock-activities.ts';

/** The sagas that come with the product. A site without docks has no handoff. */
export function shippedSagas(
  config: SiteFile['sagas'],
  places: readonly PlaceConfig[],
  docks: readonly DockConfig[],
): readonly SagaDefinition[] {
  const { carrying } = config;
  return [
    pickOrder({ config: config.pickOrder, places }),
    putaway(carrying),
    replenish(carrying),
    cycleCount(config.cycleCount),
    robotRecovery(config.robotRecovery),
    ...(docks.length === 0 ? [] : [dockHandoff({ carrying, rules: config.docks })]),
  ];
}

/** Sagas that nobody starts by name, and what begins them instead. */
export const begunOtherwise: ReadonlyMap<string, string> = new Map([
  [PICK_ORDER, 'Send an order instead.'],
  [DOCK_HANDOFF, 'Book a dock instead.'],
]);

/** What carries out those of their activities that need no device. */
export function shippedRunners(parts: {
  inventory: Inventory;
  fleet: Fleet;
  view: FleetView;
  book: DockBookKeeper;
  config: SiteFile['sagas'];
  places: readonly PlaceConfig[];
  docks: readonly DockConfig[];
  clock: Clock;
}): readonly ActivityRunner[] {
  const { docks, config, ...rest } = parts;
  return [
    ...pickRunners(rest),
    ...stockRunners(rest),
    ...countRunners(rest),
    ...recoveryRunners(rest),
    ...dockRunners({ ...rest, docks, rules: config.docks }),
  ];
}
