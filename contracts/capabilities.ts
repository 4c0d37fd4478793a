import { type Static, type TSchema, Type } from 'typebox';

/**
 * What orchestration sees of a device. A saga asks a capability, never a protocol.
 * `movement` is `starts` when the call can set something in motion (interlocks stand before it), `stops`
 * when it only ends motion (always admitted), `none` when nothing moves.
 */
export interface ActionSpec<A extends TSchema = TSchema, R extends TSchema = TSchema> {
  readonly args: A;
  readonly result: R;
  readonly movement: 'starts' | 'stops' | 'none';
}

const action = <A extends TSchema, R extends TSchema>(
  movement: ActionSpec['movement'],
  args: A,
  result: R,
): ActionSpec<A, R> => ({ movement, args, result });

const closed = { additionalProperties: false } as const;
const Nothing = Type.Object({}, closed);
const Place = Type.String({ minLength: 1, maxLength: 64, description: 'A place of the site file.' });
const ToteId = Type.String({ minLength: 1, maxLength: 64 });

export const PickLine = Type.Object(
  { sku: Type.String(), quantity: Type.Integer({ minimum: 1 }), place: Place },
  closed,
);
export type PickLine = Static<typeof PickLine>;

/** What became of one line: `seenSku` differs from `sku` when the scanner read something else. */
export const PickedLine = Type.Object(
  { sku: Type.String(), quantity: Type.Integer({ minimum: 0 }), seenSku: Type.String(), place: Place },
  closed,
);
export type PickedLine = Static<typeof PickedLine>;

export const capabilityTable = {
  MobileRobot: {
    goTo: action('starts', Type.Object({ place: Place }, closed), Type.Object({ place: Place })),
    /** Visits the places of the lines and loads the tote; ends at the last one. */
    pick: action(
      'starts',
      Type.Object({ toteId: ToteId, lines: Type.Array(PickLine, { minItems: 1, maxItems: 1000 }) }, closed),
      Type.Object({ lines: Type.Array(PickedLine) }),
    ),
    /** Hands the tote over at the place where the robot stands or drives to. */
    drop: action(
      'starts',
      Type.Object({ toteId: ToteId, place: Place }, closed),
      Type.Object({ place: Place }),
    ),
    /** Takes what the tote holds back to where it came from: the amends for `pick`. */
    putBack: action('starts', Type.Object({ toteId: ToteId }, closed), Nothing),
    park: action('starts', Nothing, Nothing),
    resume: action('starts', Nothing, Nothing),
    pause: action('stops', Nothing, Nothing),
    /** Ends the goal that `commandId` started, or the current one. */
    cancel: action('stops', Type.Object({ commandId: Type.Optional(Type.String()) }, closed), Nothing),
  },
  Conveyor: {
    run: action(
      'starts',
      Type.Object({ speed: Type.Optional(Type.Number({ minimum: 0 })) }, closed),
      Nothing,
    ),
    stop: action('stops', Nothing, Nothing),
    /** Takes the tote at the induct to a lane; verified when the lane's photo-eye has seen it. */
    convey: action(
      'starts',
      Type.Object({ toteId: ToteId, to: Place }, closed),
      Type.Object({ lane: Place }),
    ),
    /** Takes the tote off the line by way of the reject lane: the amends for `convey`. */
    reject: action('starts', Type.Object({ toteId: ToteId }, closed), Nothing),
  },
  Diverter: {
    divert: action('starts', Type.Object({ to: Place }, closed), Nothing),
  },
  Scanner: {
    read: action('none', Nothing, Type.Object({ code: Type.String() })),
  },
  StackLight: {
    set: action(
      'none',
      Type.Object(
        { colour: Type.Enum(['red', 'amber', 'green', 'blue']), mode: Type.Enum(['off', 'on', 'blink']) },
        closed,
      ),
      Nothing,
    ),
  },
  Door: {
    open: action('starts', Nothing, Nothing),
    close: action('starts', Nothing, Nothing),
  },
  Dock: {
    restrain: action('starts', Nothing, Nothing),
    release: action('starts', Nothing, Nothing),
  },
} as const satisfies Record<string, Record<string, ActionSpec>>;

export type CapabilityKind = keyof typeof capabilityTable;
export const capabilityKinds = Object.keys(capabilityTable) as CapabilityKind[];

/** A call as data; `checkCall` compares it with the table above. */
export const CapabilityCall = Type.Object({
  capability: Type.Enum(capabilityKinds as [CapabilityKind, ...CapabilityKind[]]),
  action: Type.String({ minLength: 1 }),
  args: Type.Record(Type.String(), Type.Unknown()),
});
export type CapabilityCall = Static<typeof CapabilityCall>;

export function actionSpec(call: Pick<CapabilityCall, 'capability' | 'action'>): ActionSpec | undefined {
  const actions: Record<string, ActionSpec> = capabilityTable[call.capability];
  return Object.hasOwn(actions, call.action) ? actions[call.action] : undefined;
}

/** Who may ask for it by hand: ending motion does no harm, whoever on the floor does it. */
export const roleFor = (call: Pick<CapabilityCall, 'capability' | 'action'>): 'operator' | 'technician' =>
  actionSpec(call)?.movement === 'stops' ? 'operator' : 'technician';

/**
 * Whether a call goes beside what its target is doing, instead of waiting for the target to be free: it ends
 * motion, or it lets what stands go on with the calls it has.
 */
export const goesBeside = (call: Pick<CapabilityCall, 'capability' | 'action'>): boolean =>
  actionSpec(call)?.movement === 'stops' ||
  (call.capability === 'MobileRobot' && call.action === 'resume') ||
  (call.capability === 'Conveyor' && call.action === 'run');

/**
 * What a call occupies of its target; one call at a time runs on each part. A line carries many totes at once,
 * and the one in front may be the one that was asked for last: each tote is a part of its own. Everything else
 * occupies its target whole.
 */
export const partOf = (call: CapabilityCall): string =>
  call.capability === 'Conveyor' && (call.action === 'convey' || call.action === 'reject')
    ? `tote ${String(call.args.toteId)}`
    : '';
