import { ApplianceError } from '#contracts/errors.ts';

/** Refuses a stretch of time that ends before it begins: its list would be empty. Errors: API_INVALID. */
export function refuseTurned(
  under: string,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): void {
  if (from === undefined || to === undefined || Date.parse(from) < Date.parse(to)) return;
  const cure = 'Give an end after its beginning, or leave one of them out.';
  throw new ApplianceError('API_INVALID', { field: `${under}.to`, problem: 'is not after from', cure });
}
