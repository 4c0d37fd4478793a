import {
  DIVERTER_LOOKAHEAD,
  DIVERTER_SWITCH_MS,
  HOLD_AT,
  INFEED_JAM_AT,
  JAM_DETECT_MS,
  LANE_EYE_AT,
  LANE_LENGTH,
  PACKER_MS,
  SCANNER_AT,
  SORTER_JAM_AT,
  TOTE_GAP,
  TOTE_LENGTH,
  UNCLAIMED_MS_MAX,
} from '../limits.ts';
import { say, type World } from '../world.ts';
import { speedOf } from './drive-motion.ts';
import { type Lane, type LineTote, rejectLane } from './line.ts';
import { toteArrived, toteStuck } from './plc.ts';

/** One piece of simulated time on the line: diverters, totes, eyes, packers. */
export function stepLine(world: World, dtMs: number): void {
  stepDiverters(world, dtMs);
  // The foremost first, so that the ones behind may use the room it left.
  world.line.totes.sort((a, b) => b.at - a.at);
  for (const tote of world.line.totes) {
    if (tote.lane === null) moveOnMain(world, tote, dtMs);
    else moveInLane(world, tote, dtMs);
  }
  lift(world, dtMs);
  watchHead(world, dtMs / world.speed);
  watchEyes(world);
}

const onMain = (world: World) => world.line.totes.filter((tote) => tote.lane === null);

/** Where the front of the tote behind has to stay: behind the rear of the next one. */
const roomBehind = (ahead: LineTote | undefined): number =>
  ahead === undefined ? Number.POSITIVE_INFINITY : ahead.at - TOTE_LENGTH - TOTE_GAP;

/** The PLC throws a diverter for the tote that comes next; otherwise it stands as it was told. */
function stepDiverters(world: World, dtMs: number): void {
  for (const lane of world.line.lanes) {
    const { diverter } = lane;
    if (diverter === null) continue;
    const [coming] = onMain(world)
      .filter(({ at }) => at <= lane.at && at > lane.at - DIVERTER_LOOKAHEAD)
      .toSorted((a, b) => b.at - a.at);
    if (coming !== undefined)
      diverter.command = destination(world, coming) === lane.id ? lane.id : 'straight';
    // It never swings into a tote that is passing.
    const passing = world.line.totes.some((tote) =>
      tote.lane === null
        ? tote.at > lane.at && tote.at - TOTE_LENGTH < lane.at
        : tote.lane === lane.id && tote.at < TOTE_LENGTH,
    );
    if (diverter.command === diverter.position || passing) {
      diverter.switchMs = 0;
      continue;
    }
    diverter.switchMs += dtMs;
    if (diverter.switchMs >= DIVERTER_SWITCH_MS) diverter.position = diverter.command;
  }
}

/** Who is past the hold and wanted nowhere goes to reject. */
const destination = (world: World, tote: LineTote): string => tote.to ?? rejectLane(world.line);

function moveOnMain(world: World, tote: LineTote, dtMs: number): void {
  const { line } = world;
  const before = tote.at;
  const speed = speedOf(world, tote.at <= HOLD_AT ? 'infeed' : 'sorter');
  const ahead = onMain(world)
    .filter((other) => other.at > tote.at && other !== tote)
    .at(-1);
  const limits = [tote.at + (speed * dtMs) / 1000, roomBehind(ahead)];
  if (tote.to === null && tote.at <= HOLD_AT) limits.push(HOLD_AT);
  const jamAt = line.jamIn === 'infeed' ? INFEED_JAM_AT : line.jamIn === 'sorter' ? SORTER_JAM_AT : null;
  const blocked = jamAt !== null && tote.at <= jamAt;
  if (blocked) limits.push(jamAt);
  const lane = nextLane(world, tote);
  if (lane !== undefined && !passes(world, tote, lane)) limits.push(lane.at);
  tote.at = Math.max(before, Math.min(...limits));
  scan(world, tote, before);
  if (blocked && tote.at === jamAt) noticeJam(world, tote, speed > 0 ? dtMs : 0);
  else tote.stuckMs = 0;
  if (lane !== undefined && tote.at >= lane.at && destination(world, tote) === lane.id)
    enterLane(world, tote, lane);
}

/** First mouth that the tote has not passed. */
const nextLane = (world: World, tote: LineTote): Lane | undefined =>
  world.line.lanes.find((lane) => lane.at >= tote.at);

/** Straight on past a lane that is not its own, once the diverter stands so. Into a lane goes `enterLane`. */
const passes = (world: World, tote: LineTote, lane: Lane): boolean =>
  destination(world, tote) !== lane.id && lane.diverter?.position === 'straight';

function enterLane(world: World, tote: LineTote, lane: Lane): void {
  if (lane.diverter !== null && lane.diverter.position !== lane.id) return;
  const last = world.line.totes.filter((other) => other.lane === lane.id).toSorted((a, b) => a.at - b.at)[0];
  if (roomBehind(last) < 0) return;
  tote.lane = lane.id;
  tote.at = 0;
}

function scan(world: World, tote: LineTote, before: number): void {
  if (tote.scanned || before > SCANNER_AT || tote.at < SCANNER_AT) return;
  tote.scanned = true;
  world.line.scannerCode = tote.id;
  world.line.scannerCount += 1;
}

function noticeJam(world: World, tote: LineTote, dtMs: number): void {
  const { line } = world;
  if (line.jammed || line.jamIn === null) return;
  tote.stuckMs += dtMs;
  if (tote.stuckMs < JAM_DETECT_MS) return;
  line.jammed = true;
  say(world, { kind: 'tote.jammed', tote: tote.id, section: line.jamIn });
  toteStuck(world, tote.id);
}

function moveInLane(world: World, tote: LineTote, dtMs: number): void {
  const ahead = world.line.totes.filter((other) => other.lane === tote.lane && other.at > tote.at).at(-1);
  // Something in the way of the lanes stops what comes next at the mouth.
  if (world.line.jamIn === 'lanes' && tote.at === 0) {
    noticeJam(world, tote, speedOf(world, 'lanes') > 0 ? dtMs : 0);
    return;
  }
  const reach = tote.at + (speedOf(world, 'lanes') * dtMs) / 1000;
  tote.at = Math.max(tote.at, Math.min(reach, roomBehind(ahead), LANE_LENGTH));
  if (tote.arrived || tote.at < LANE_EYE_AT) return;
  tote.arrived = true;
  const lane = tote.lane ?? '';
  if (lane === rejectLane(world.line)) say(world, { kind: 'tote.rejected', tote: tote.id, lane });
  else say(world, { kind: 'tote.arrived', tote: tote.id, lane });
  toteArrived(world, tote.id, lane);
}

/** Packers lift what has come to the end of a lane. */
function lift(world: World, dtMs: number): void {
  const { totes } = world.line;
  for (let index = totes.length - 1; index >= 0; index--) {
    const tote = totes[index];
    if (tote === undefined || tote.lane === null || tote.at < LANE_LENGTH) continue;
    tote.packerMs += dtMs;
    if (tote.packerMs < PACKER_MS) continue;
    totes.splice(index, 1);
    say(world, { kind: 'tote.removed', tote: tote.id, lane: tote.lane });
  }
}

/** A tote that nobody asks for gives way to those who are asked for, in the end, by the reject lane. */
function watchHead(world: World, wallMs: number): void {
  const [head] = onMain(world).filter(({ at }) => at <= HOLD_AT);
  if (head === undefined || head.to !== null || head.at < HOLD_AT || !world.line.running) return;
  if (!onMain(world).some((tote) => tote.at < head.at && tote.to !== null)) return;
  head.unclaimedMs += wallMs;
  if (head.unclaimedMs > UNCLAIMED_MS_MAX) head.to = rejectLane(world.line);
}

/** An eye is dark while a tote stands before it; `tote.seen` tells when it becomes so. */
function watchEyes(world: World): void {
  const { line } = world;
  const seen = (at: number, lane: string | null) =>
    line.totes.find((tote) => tote.lane === lane && tote.at >= at && tote.at - TOTE_LENGTH < at);
  const spots: [eye: string, at: number, lane: string | null][] = [
    ['induct', TOTE_LENGTH / 2, null],
    ['scanner', SCANNER_AT, null],
    ['hold', HOLD_AT, null],
    ...line.lanes.map((lane): [string, number, string] => [lane.id, LANE_EYE_AT, lane.id]),
  ];
  for (const [eye, at, lane] of spots) {
    const tote = seen(at, lane);
    if (tote !== undefined && line.eyes.get(eye) !== true)
      say(world, { kind: 'tote.seen', tote: tote.id, eye });
    line.eyes.set(eye, tote !== undefined);
  }
}
