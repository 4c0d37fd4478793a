import type { DockRules } from '#contracts/docks.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { CarryConfig } from './carry.ts';
import { awaited } from './dock-arrival.ts';
import { admitted, held } from './dock-berth.ts';
import { departed } from './dock-departure.ts';
import { loaded } from './dock-load.ts';

/**
 * A vehicle has booked a dock, comes, is loaded and departs.
 *
 * The slot is held from the booking on. A vehicle that comes early or late gets its dock if nobody else has it,
 * otherwise another one; when there is none, or it does not come, a person decides. Nothing moves before the
 * restraint holds the vehicle. Whatever ends it early: the goods that are on board are booked to the dock, where
 * they are taken off, the door closes, the vehicle is let go and the slot is free.
 */
export function dockHandoff({
  carrying,
  rules,
}: {
  carrying: CarryConfig;
  rules: DockRules;
}): SagaDefinition {
  const atDock = held(admitted(awaited(rules)));
  return departed(loaded(atDock, carrying, rules)).end({
    title: 'Hand a dock over to a vehicle',
    version: 1,
    search: ({ input }) => ({ booking: input.bookingId, vehicle: input.vehicle }),
    output: ({ steps }) => ({
      dockId: steps.admit.dockId,
      seal: steps.seal.form.seal,
      loaded: steps.load.items,
    }),
  });
}
