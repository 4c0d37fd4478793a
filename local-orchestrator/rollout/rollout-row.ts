import type { Guard, GuardFigures, Rollout, RolloutTake } from '#contracts/rollout.ts';
import type { SqlRow } from '#contracts/store.ts';

const iso = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : new Date(Number(value)).toISOString();
const text = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const figures = (value: SqlRow[string] | undefined): GuardFigures | null =>
  value === null || value === undefined ? null : (JSON.parse(String(value)) as GuardFigures);

export const rolloutOf = (row: SqlRow): Rollout => ({
  rolloutId: String(row.rollout_id),
  name: String(row.name),
  from: String(row.from_hash),
  to: String(row.to_hash),
  key: String(row.key),
  take: JSON.parse(String(row.take)) as RolloutTake,
  guard: JSON.parse(String(row.guard)) as Guard,
  state: row.state as Rollout['state'],
  startedAt: iso(row.started_ms) ?? '',
  startedBy: String(row.started_by),
  reason: String(row.reason),
  endedAt: iso(row.ended_ms),
  endedBy: text(row.ended_by),
  endReason: text(row.end_reason),
  old: figures(row.old),
  new: figures(row.new),
});
