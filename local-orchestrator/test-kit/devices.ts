import type { CapabilityCall, PickLine } from '#contracts/capabilities.ts';

/** What can be seen of a device from outside. */
export type DeviceState = Readonly<Record<string, unknown>>;

type Change = (state: DeviceState, args: Readonly<Record<string, unknown>>) => DeviceState;

/** What each call leaves behind; one that is not here leaves nothing. */
const changes: Readonly<Record<string, Change>> = {
  'MobileRobot.goTo': (_state, { place }) => ({ place }),
  'MobileRobot.pick': (_state, { toteId }) => ({ toteId }),
  'MobileRobot.drop': (_state, { place }) => ({ place, toteId: null }),
  'MobileRobot.putBack': () => ({ toteId: null }),
  'MobileRobot.park': () => ({ place: 'park' }),
  'MobileRobot.pause': () => ({ paused: true }),
  'MobileRobot.resume': () => ({ paused: false }),
  'Conveyor.run': () => ({ running: true }),
  'Conveyor.stop': () => ({ running: false }),
  'Conveyor.convey': (_state, { toteId, to }) => ({ [`tote ${String(toteId)}`]: to }),
  'Conveyor.reject': (_state, { toteId }) => ({ [`tote ${String(toteId)}`]: 'rejected' }),
  'Diverter.divert': (_state, { to }) => ({ to }),
  'StackLight.set': (_state, { colour, mode }) => ({ [String(colour)]: mode }),
  'Door.open': () => ({ open: true }),
  'Door.close': () => ({ open: false }),
  'Dock.restrain': () => ({ restrained: true }),
  'Dock.release': () => ({ restrained: false }),
};

export const afterCall = (state: DeviceState, { capability, action, args }: CapabilityCall): DeviceState => ({
  ...state,
  ...changes[`${capability}.${action}`]?.(state, args),
});

/** What a device answers when it has done what it was told. `change` is what became of a line instead. */
export function resultOf(
  { capability, action, args }: CapabilityCall,
  change: (line: PickLine) => { quantity?: number; seenSku?: string } = () => ({}),
): Record<string, unknown> {
  switch (`${capability}.${action}`) {
    case 'MobileRobot.goTo':
    case 'MobileRobot.drop':
      return { place: args.place };
    case 'Conveyor.convey':
      return { lane: args.to };
    case 'Scanner.read':
      return { code: 'read' };
    case 'MobileRobot.pick':
      // The shape was checked where the command came in.
      return {
        lines: (args.lines as PickLine[]).map((line) => ({ ...line, seenSku: line.sku, ...change(line) })),
      };
    default:
      return {};
  }
}
