import { TOTE_GAP, TOTE_LENGTH } from '../limits.ts';
import { say, type World } from '../world.ts';
import type { Line } from './line.ts';

export const inductIsFree = (line: Line): boolean =>
  line.totes.every((tote) => tote.lane !== null || tote.at >= 2 * TOTE_LENGTH + TOTE_GAP);

export function putOnInduct(world: World, toteId: string, robot: string): void {
  world.line.totes.push({
    id: toteId,
    lane: null,
    at: TOTE_LENGTH,
    to: null,
    scanned: false,
    arrived: false,
    stuckMs: 0,
    unclaimedMs: 0,
    packerMs: 0,
  });
  say(world, { kind: 'tote.created', tote: toteId, robot });
}
