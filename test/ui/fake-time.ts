/** Times of the made-up site, counted back from now. */
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
export const agoMs = (seconds: number): number => Date.now() - Math.round(seconds * 1_000);
