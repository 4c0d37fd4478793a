import { ApplianceError } from '#contracts/errors.ts';
import { lanes } from '#contracts/events/envelope.ts';
import type { EventQuery } from './archive.ts';
import { EVENTS_LIMIT_MAX } from './limits.ts';

/** Reads `?site=&lane=&after=&limit=&epoch=`. Errors: API_INVALID. */
export function eventQuery(url: URL, site: string | undefined): EventQuery {
  const wanted = url.searchParams.get('lane');
  const lane = lanes.find((known) => known === wanted);
  const after = Number(url.searchParams.get('after') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 1_000);
  const invalid = (field: string, problem: string) =>
    new ApplianceError('API_INVALID', { field, problem, cure: 'Correct the query parameter.' });
  if (site === undefined) throw invalid('site', 'is missing');
  if (lane === undefined) throw invalid('lane', `must be one of ${lanes.join(', ')}`);
  if (!Number.isSafeInteger(after) || after < 0) throw invalid('after', 'must be a sequence');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > EVENTS_LIMIT_MAX) {
    throw invalid('limit', `must be 1 to ${EVENTS_LIMIT_MAX}`);
  }
  return { site, lane, after, limit, epoch: url.searchParams.get('epoch') ?? undefined };
}
