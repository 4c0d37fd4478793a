import { isApplianceError } from '#contracts/errors.ts';

export type Computed<T> = { readonly value: T } | { readonly problem: string };

/** What a definition cannot compute of what was recorded is told to a person, not thrown. */
export function computed<T>(compute: () => T): Computed<T> {
  try {
    return { value: compute() };
  } catch (error) {
    if (!isApplianceError(error, 'SAGA_EXPRESSION')) throw error;
    return { problem: error.message };
  }
}
