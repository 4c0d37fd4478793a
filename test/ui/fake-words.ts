import type { Problem } from '#contracts/api.ts';

export const CODE = 'KESTREL-4417';
export const PASSWORD = 'heron';
export const COOKIE = 'holdfast_session';

export const problem = (
  status: number,
  code: string,
  title: string,
  hint: string,
  field?: string,
): Problem => ({
  status,
  code,
  title,
  hint,
  ...(field === undefined ? {} : { field }),
});
