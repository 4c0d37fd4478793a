import {
  DONE_HOLD_MS,
  DONE_WAITING_MAX,
  PLC_HEARTBEAT_MS_MAX,
  REQUESTS_REMEMBERED,
  REQUESTS_RUNNING_MAX,
} from '../limits.ts';
import { say, type World } from '../world.ts';
import { startDrive } from './drive-motion.ts';
import { rejectLane, type StopReason, type TransportRequest, toteOnLine } from './line.ts';

/**
 * A write to the run word. Each write of true is a start command, also when it was true before: it starts the
 * drives. While something holds the line it starts nothing, then or later. False stops.
 */
export function commandRun(world: World, run: boolean): void {
  world.line.runWord = run;
  if (!run) {
    stopLine(world, 'command');
    return;
  }
  if (world.eStopPressed || world.curtainBroken) return;
  world.line.run = true;
  world.line.stopReason = '';
  // The watch begins anew: who starts the line has one silence to send the next heartbeat.
  world.line.heartbeatAtMs = world.nowMs;
  for (const drive of world.drives) startDrive(world, drive);
}

function stopLine(world: World, reason: StopReason): void {
  if (!world.line.run) return;
  world.line.run = false;
  world.line.stopReason = reason;
}

export function hearLineHeartbeat(world: World, count: number): void {
  if (count === world.line.heartbeat) return;
  world.line.heartbeat = count;
  world.line.heartbeatAtMs = world.nowMs;
}

/** Inputs of one PLC cycle: what stops the line, and what the appliance asks. */
export function scanInputs(world: World): void {
  const { line } = world;
  const silentMs = world.nowMs - (line.heartbeatAtMs ?? 0);
  if (world.eStopPressed) stopLine(world, 'e-stop');
  if (world.curtainBroken) stopLine(world, 'light-curtain');
  if (silentMs > PLC_HEARTBEAT_MS_MAX) stopLine(world, 'heartbeat');
  if (line.words.requestStrobe !== line.words.strobeSeen) {
    line.words.strobeSeen = line.words.requestStrobe;
    takeRequest(world);
  }
  if (line.words.queryPending) answerQuery(world);
}

/** The line is released to turn: a start command, and nothing in the way. */
export const isReleased = (world: World): boolean =>
  world.line.run && !world.eStopPressed && !world.curtainBroken && !world.line.jammed;

export function heartbeatLives(world: World): boolean {
  const at = world.line.heartbeatAtMs;
  return at !== null && world.nowMs - at <= PLC_HEARTBEAT_MS_MAX;
}

function takeRequest(world: World): void {
  const { line } = world;
  const { requestId: id, requestTote: tote, requestTo: to } = line.words;
  line.words.acceptedId = id;
  const known = line.requests.get(id);
  if (known !== undefined) {
    say(world, { kind: 'request.repeated', request: id, status: known.status });
    if (known.status !== 'running') queueDone(world, known);
    return;
  }
  const request: TransportRequest = { id, tote, to, status: 'running', lane: '' };
  remember(world, request);
  say(world, { kind: 'request.accepted', request: id, tote, to });
  const running = [...line.requests.values()].filter(({ status }) => status === 'running').length;
  const found = toteOnLine(line, tote);
  if (id === '' || running > REQUESTS_RUNNING_MAX || !line.lanes.some((lane) => lane.id === to)) {
    endRequest(world, request, 'rejected');
  } else if (found === undefined || (found.lane !== null && found.lane !== to)) {
    endRequest(world, request, 'absent');
  } else if (found.arrived) {
    endRequest(world, request, statusFor(world, to), to);
  } else {
    supersede(world, request);
    found.to = to;
    found.unclaimedMs = 0;
  }
}

/** A tote goes to one lane: who asked before learns that it will not come. */
function supersede(world: World, request: TransportRequest): void {
  for (const other of world.line.requests.values()) {
    if (other !== request && other.tote === request.tote && other.status === 'running') {
      endRequest(world, other, 'rejected');
    }
  }
}

/** Asked for or not: who ends in the reject lane was rejected. */
const statusFor = (world: World, lane: string): 'ok' | 'rejected' =>
  lane === rejectLane(world.line) ? 'rejected' : 'ok';

function remember(world: World, request: TransportRequest): void {
  const { requests } = world.line;
  requests.set(request.id, request);
  for (const oldest of requests.values()) {
    if (requests.size <= REQUESTS_REMEMBERED) break;
    if (oldest.status !== 'running') requests.delete(oldest.id);
  }
}

export function endRequest(
  world: World,
  request: TransportRequest,
  status: 'ok' | 'jam' | 'rejected' | 'absent',
  lane = '',
): void {
  request.status = status;
  request.lane = lane;
  queueDone(world, request);
  say(world, { kind: 'request.done', request: request.id, tote: request.tote, status, lane });
}

/** Who asks faster than triples are shown misses the oldest ones; the query still finds them. */
function queueDone(world: World, request: TransportRequest): void {
  const { doneQueue } = world.line;
  if (!doneQueue.includes(request)) doneQueue.push(request);
  if (doneQueue.length > DONE_WAITING_MAX) doneQueue.shift();
}

/** The tote has reached a lane: its request, if any, has ended. */
export function toteArrived(world: World, toteId: string, lane: string): void {
  for (const request of world.line.requests.values()) {
    if (request.tote !== toteId || request.status !== 'running') continue;
    endRequest(world, request, statusFor(world, lane), lane);
  }
}

export function toteStuck(world: World, toteId: string): void {
  for (const request of world.line.requests.values()) {
    if (request.tote === toteId && request.status === 'running') endRequest(world, request, 'jam');
  }
}

function answerQuery(world: World): void {
  const { words, requests } = world.line;
  const known = requests.get(words.queryId);
  words.queryPending = false;
  words.queryStatus = known?.status ?? 'none';
  words.queryLane = known?.lane ?? '';
  words.queryAnswerId = words.queryId;
}

/** Outputs of one PLC cycle: done triples, one after the other, each long enough to be seen. */
export function publishDone(world: World, dtMs: number): void {
  const { line } = world;
  line.doneHoldMs -= dtMs;
  if (line.doneHoldMs > 0) return;
  const next = line.doneQueue.shift();
  if (next === undefined) return;
  line.words.doneLane = next.lane;
  line.words.doneStatus = next.status;
  line.words.doneId = next.id;
  line.doneHoldMs = DONE_HOLD_MS;
}

/** `running` only when everything that moves totes turns. */
export function lineState(world: World): string {
  const { line } = world;
  if (world.eStopPressed) return 'e-stop';
  if (world.curtainBroken) return 'light-curtain';
  if (line.jammed) return 'jam';
  if (line.running) return 'running';
  return line.stopReason === 'heartbeat' ? 'no-heartbeat' : 'stopped';
}
