import { Type } from 'typebox';
import { PickedLine, PickLine } from '#contracts/capabilities.ts';
import { bookingEnds } from '#contracts/docks.ts';
import type { CatalogueStep } from '../definition/catalogue.ts';
import { adjustStock, judge, readBooks, restoreStock } from '../sagas/count-activities.ts';
import {
  admitVehicle,
  awaitVehicle,
  freeDock,
  holdDock,
  releaseVehicle,
  takeArrival,
} from '../sagas/dock-activities.ts';
import {
  chooseRobot,
  consumeStock,
  inspectPick,
  leaveTote,
  releaseRobot,
  releaseStock,
  reserveStock,
  restock,
} from '../sagas/pick-activities.ts';
import { checkRobot, fenceRobot } from '../sagas/recovery-activities.ts';
import {
  claimPlace,
  giveBackPlace,
  holdRoom,
  leaveRoom,
  moveGoods,
  planRefill,
  receiveGoods,
  reserveRefill,
  settlePlace,
  withdrawGoods,
} from '../sagas/stock-activities.ts';
import { describeStep } from './describe-step.ts';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const place = text('A place of the site file.');
const sku = text('Article.');
const robotId = text('Id of a robot.');
const reservationId = text('Of the step that has reserved.');
const bookingId = text('Of the booking of a dock.');
const hand = Type.Optional(count('Tells the robots of one saga apart when it has several.'));
const Nothing = Type.Unsafe<Record<string, never>>(Type.Object({}, closed));
const Null = Type.Null();

const Wanted = Type.Object({ sku, quantity: Type.Integer({ minimum: 1 }) }, closed);
const Shortage = Type.Object({ sku, wanted: count('Pieces.'), available: count('Pieces.') }, closed);
const Content = Type.Object({ sku, quantity: count('Pieces.'), reserved: count('Pieces of them.') }, closed);
const StockChange = Type.Object({ sku, from: count('Pieces before.'), to: count('Pieces after.') }, closed);
const lines = Type.Array(PickLine);
const SetAside = Type.Object({ reservationId, lines });
const near = text('Place that it shall be near.');
const room = {
  sku,
  quantity: Type.Integer({ minimum: 1 }),
  near,
  only: Type.Union([place, Null], { description: 'That very place, or null for any rack.' }),
};
const Adjustment = Type.Object({ place, changes: Type.Array(StockChange) }, closed);

/** What this program does without a device. An activity that a technician may use is entered here. */
export const localSteps: readonly CatalogueStep[] = [
  describeStep(
    reserveStock,
    'Reserve stock',
    Type.Object(
      { lines: Type.Array(Wanted), partial: Type.Boolean({ description: 'Less than wanted will do.' }) },
      closed,
    ),
    Type.Object({ reservationId, lines, short: Type.Array(Shortage), firstPlace: place }),
  ),
  describeStep(releaseStock, 'Release stock', Nothing, Null),
  describeStep(consumeStock, 'Book the goods out', Type.Object({ reservationId, lines }, closed), Null),
  describeStep(restock, 'Book the goods to a place', Type.Object({ lines, place }, closed), Null),
  describeStep(receiveGoods, 'Book goods in', PickLine, SetAside),
  describeStep(withdrawGoods, 'Take back what was booked in', Nothing, Null),
  describeStep(
    moveGoods,
    'Book goods from place to place',
    Type.Object(
      {
        reservationId,
        lines,
        to: Type.Union([place, Null], { description: 'null: to where they came from.' }),
        last: Type.Boolean({ description: 'Nothing of the reservation is left after it.' }),
      },
      closed,
    ),
    Null,
  ),
  describeStep(holdRoom, 'Keep room at a place', Type.Object(room, closed), Type.Object({ place })),
  describeStep(leaveRoom, 'Give the room back', Nothing, Null),
  describeStep(
    settlePlace,
    'Look again whether the place fits',
    Type.Object({ ...room, last: place, moveOn: Type.Boolean(), avoided: Type.Array(place) }, closed),
    Type.Object({ place, avoided: Type.Array(place) }),
  ),
  describeStep(
    claimPlace,
    'Keep a place for a count or a refill',
    Type.Object({ place, purpose: Type.Enum(['count', 'replenish']) }, closed),
    Type.Object({ claimKey: text('Of the claim.') }),
  ),
  describeStep(
    giveBackPlace,
    'Give the place back',
    Type.Object({ place, claimKey: Type.Union([text('Of the claim.'), Null]) }, closed),
    Null,
  ),
  describeStep(
    planRefill,
    'See what a place lacks',
    Type.Object({ place }, closed),
    Type.Object({ sku, quantity: Type.Integer(), present: Type.Integer(), target: Type.Integer() }),
  ),
  describeStep(
    reserveRefill,
    'Reserve goods for a refill',
    Type.Object({ lines: Type.Array(Wanted) }, closed),
    Type.Object({ reservationId, lines, firstPlace: place, quantity: Type.Integer(), short: Type.Integer() }),
  ),
  describeStep(
    readBooks,
    'Read what should be at a place',
    Type.Object({ place }, closed),
    Type.Object({ books: Type.Array(Content), articles: text('In words.') }),
  ),
  describeStep(
    judge,
    'Compare a count with the books',
    Type.Object(
      {
        books: Type.Array(Content),
        counted: Type.Array(Type.Object({ sku, quantity: count('Pieces.') }, closed)),
        by: text('Who has counted.'),
        notBy: text('Who must not have; empty at the first count.'),
      },
      closed,
    ),
    Type.Object({
      changes: Type.Array(StockChange),
      back: Type.Array(StockChange),
      worst: count('Largest difference of one article, pieces.'),
      words: text('In words.'),
    }),
  ),
  describeStep(adjustStock, 'Book a difference', Adjustment, Null),
  describeStep(restoreStock, 'Book it back', Adjustment, Null),
  describeStep(
    chooseRobot,
    'Choose a robot',
    Type.Object(
      {
        near,
        robots: Type.Array(Type.String({ description: 'Id, or a pattern with *.' })),
        batteryMin: Type.Number({ minimum: 0, maximum: 1 }),
        priority: Type.Integer({ description: 'Smaller is more urgent.' }),
        sinceMs: Type.Number({ description: 'Waiting since, ms since 1970; who waits longer comes first.' }),
        hand,
      },
      closed,
    ),
    Type.Object({ robotId, epoch: Type.Integer(), toteId: text('A tote for this use.') }),
  ),
  describeStep(
    releaseRobot,
    'Release the robot',
    Type.Object({ epoch: Type.Union([Type.Integer(), Null]), hand }, closed),
    Null,
  ),
  describeStep(
    leaveTote,
    'Leave a tote to whoever has taken the robot',
    Type.Object({ robotId, toteId: text('Tote on board.') }, closed),
    Null,
  ),
  describeStep(
    fenceRobot,
    'Take a robot away from whoever has it',
    Type.Object({ robotId }, closed),
    Type.Object({
      robotId,
      epoch: Type.Integer(),
      takenFrom: text('Saga that had it; empty when nobody had.'),
      toteId: text('Tote on board when it was last seen; empty without one.'),
      where: text('Where it was last seen.'),
    }),
  ),
  describeStep(
    checkRobot,
    'See whether a robot is well',
    Type.Object({ robotId, batteryMin: Type.Number({ minimum: 0, maximum: 1 }) }, closed),
    Type.Object({ battery: Type.Number() }),
  ),
  describeStep(
    inspectPick,
    'Compare with the order',
    Type.Object(
      {
        wanted: lines,
        picked: Type.Union([Type.Array(PickedLine), Null]),
        unreserved: Type.Array(Shortage),
      },
      closed,
    ),
    Type.Object({
      exceptionCount: count('What is wrong.'),
      good: lines,
      short: Type.Array(Wanted),
      words: text('What is wrong, in words.'),
    }),
  ),
  describeStep(
    holdDock,
    'Hold a booked dock',
    Type.Object({ bookingId }, closed),
    Type.Object({ dockId: Type.String() }),
  ),
  describeStep(
    freeDock,
    'Free a dock',
    Type.Object({ bookingId, as: Type.Enum([...bookingEnds]), noShow: Type.Boolean() }, closed),
    Null,
  ),
  describeStep(
    awaitVehicle,
    'See whether a vehicle has come',
    Type.Object({ bookingId }, closed),
    Type.Object({
      state: Type.Enum(['waiting', 'arrived', 'no-show']),
      dockId: Type.String(),
      waitMs: Type.Number({ description: 'Until it counts as a no-show.' }),
    }),
  ),
  describeStep(
    takeArrival,
    'Note that a vehicle has come',
    Type.Object({ bookingId, by: text('Who says so.') }, closed),
    Null,
  ),
  describeStep(releaseVehicle, 'Tell a vehicle that it may leave', Type.Object({ bookingId }, closed), Null),
  describeStep(
    admitVehicle,
    'Find a dock for a vehicle that is there',
    Type.Object(
      { bookingId, elsewhere: Type.Boolean({ description: 'Not at its own.' }), why: Type.String() },
      closed,
    ),
    Type.Object({
      dockId: Type.String(),
      place,
      door: text('Id of its door.'),
      restraint: text('Id of its restraint.'),
    }),
  ),
];
