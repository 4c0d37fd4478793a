import type { CapabilityKind } from './capabilities.ts';
import type { TagType } from './tags.ts';

/** Kind of value a role needs; a tag of any type in the list fits. */
export type RoleType = 'boolean' | 'number' | 'string';

export interface RoleSpec {
  readonly types: readonly RoleType[];
  /** `write` roles need a tag with access read-write. */
  readonly access: 'read' | 'write';
  readonly required: boolean;
  readonly text: string;
  /** Roles of one group are bound together or not at all. */
  readonly group?: 'transport' | 'query';
}

const reads = (types: readonly RoleType[], required: boolean, text: string): RoleSpec => ({
  types,
  access: 'read',
  required,
  text,
});
const writes = (types: readonly RoleType[], required: boolean, text: string): RoleSpec => ({
  types,
  access: 'write',
  required,
  text,
});

/**
 * Roles that a capability binds to tags of its device (`bind` in the site file).
 *
 * Conveyor, transport handshake. Holdfast writes requestTote, requestTo and requestId, then counts
 * requestStrobe up (wrapping at 2^31). The PLC acts on a change of the strobe: it copies requestId into
 * acceptedId, moves the tote, and when the tote has got there writes doneLane and doneStatus and, last, doneId.
 * A requestId it already knows moves nothing; it writes the same acceptedId and, if it has ended, the same done
 * triple again. It remembers at least its last 64 requests.
 *
 * Query. Holdfast writes queryId; the PLC writes queryStatus and queryLane and, last, queryAnswerId, and keeps them
 * current for as long as queryId stands.
 *
 * doneStatus:  ok, jam, rejected (it would not take the request, or the tote left by the reject lane),
 *              absent (no such tote on the line).
 * queryStatus: those, or running, or none (never asked).
 */
export const roleTable = {
  MobileRobot: {},
  Conveyor: {
    run: writes(['boolean'], true, 'True lets the line run, false stops it.'),
    speed: writes(['number'], false, 'Set speed, m/s.'),
    running: reads(['boolean'], false, 'The drive turns; confirms run and stop.'),
    requestId: { ...writes(['string'], false, 'Id of the request.'), group: 'transport' },
    requestTote: { ...writes(['string'], false, 'Tote to move.'), group: 'transport' },
    requestTo: { ...writes(['string'], false, 'Lane to move it to.'), group: 'transport' },
    requestStrobe: { ...writes(['number'], false, 'Counts up once per request.'), group: 'transport' },
    acceptedId: { ...reads(['string'], false, 'Last request the PLC took.'), group: 'transport' },
    doneId: { ...reads(['string'], false, 'Last request that ended.'), group: 'transport' },
    doneLane: { ...reads(['string'], false, 'Lane where it ended.'), group: 'transport' },
    doneStatus: { ...reads(['string'], false, 'How it ended.'), group: 'transport' },
    queryId: { ...writes(['string'], false, 'Request that is asked about.'), group: 'query' },
    queryAnswerId: { ...reads(['string'], false, 'Request the answer is about.'), group: 'query' },
    queryStatus: { ...reads(['string'], false, 'What became of it.'), group: 'query' },
    queryLane: { ...reads(['string'], false, 'Lane where it ended.'), group: 'query' },
  },
  Diverter: {
    position: writes(
      ['string', 'number'],
      true,
      'Lane it points to; options map a place to the value, such as packing-1: 2.',
    ),
    actual: reads(['string', 'number'], false, 'Lane it has reached; confirms.'),
  },
  Scanner: {
    code: reads(['string'], true, 'Last code read.'),
    count: reads(['number'], false, 'Counts up with each code read; needed with trigger.'),
    trigger: writes(['boolean'], false, 'True starts a read.'),
  },
  StackLight: {
    red: writes(['boolean', 'number'], false, '0 off, 1 on, 2 blink; a boolean cannot blink.'),
    amber: writes(['boolean', 'number'], false, 'As red.'),
    green: writes(['boolean', 'number'], false, 'As red.'),
    blue: writes(['boolean', 'number'], false, 'As red.'),
  },
  Door: {
    command: writes(['boolean'], true, 'True opens, false closes.'),
    opened: reads(['boolean'], true, 'Limit switch: fully open.'),
    closed: reads(['boolean'], true, 'Limit switch: fully closed.'),
  },
  Dock: {
    command: writes(['boolean'], true, 'True restrains the vehicle, false releases it.'),
    restrained: reads(['boolean'], true, 'The restraint holds.'),
  },
} as const satisfies Record<CapabilityKind, Record<string, RoleSpec>>;

export const transportStatuses = ['ok', 'jam', 'rejected', 'absent'] as const;
export type TransportStatus = (typeof transportStatuses)[number];
export const queryStatuses = [...transportStatuses, 'running', 'none'] as const;
export type QueryStatus = (typeof queryStatuses)[number];

export const roleTypeOf = (type: TagType): RoleType =>
  type === 'boolean' || type === 'string' ? type : 'number';

interface BoundTag {
  readonly name: string;
  readonly type: TagType;
  readonly access: 'read' | 'read-write';
}

/** What is wrong with the bindings of one capability, in words for the site file's author. Empty when all is well. */
export function bindingProblems(
  capability: { readonly kind: CapabilityKind; readonly bind?: Readonly<Record<string, string>> },
  tags: readonly BoundTag[],
): readonly string[] {
  const roles: Readonly<Record<string, RoleSpec>> = roleTable[capability.kind];
  const bind = capability.bind ?? {};
  const problems: string[] = [];
  for (const [role, tagName] of Object.entries(bind)) {
    const spec = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (spec === undefined) {
      problems.push(
        `${capability.kind} has no role "${role}"; it has ${Object.keys(roles).join(', ') || 'none'}`,
      );
      continue;
    }
    const tag = tags.find((candidate) => candidate.name === tagName);
    if (tag === undefined) {
      problems.push(`role "${role}" is bound to "${tagName}", which is no tag of this device`);
      continue;
    }
    if (!spec.types.includes(roleTypeOf(tag.type))) {
      problems.push(`role "${role}" needs ${spec.types.join(' or ')}, but tag "${tagName}" is ${tag.type}`);
    }
    if (spec.access === 'write' && tag.access !== 'read-write') {
      problems.push(`role "${role}" is written, so tag "${tagName}" needs access: read-write`);
    }
  }
  for (const [role, spec] of Object.entries(roles)) {
    if (spec.required && !Object.hasOwn(bind, role)) problems.push(`role "${role}" is missing: ${spec.text}`);
  }
  return [...problems, ...groupProblems(roles, bind)];
}

function groupProblems(
  roles: Readonly<Record<string, RoleSpec>>,
  bind: Readonly<Record<string, string>>,
): readonly string[] {
  return (['transport', 'query'] as const).flatMap((group) => {
    const members = Object.keys(roles).filter((role) => roles[role]?.group === group);
    const missing = members.filter((role) => !Object.hasOwn(bind, role));
    if (missing.length === 0 || missing.length === members.length) return [];
    return [`the ${group} roles belong together; missing: ${missing.join(', ')}`];
  });
}
