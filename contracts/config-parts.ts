import { Type } from 'typebox';

/** Shapes that entries of the site file share. */
export const Id = (description: string) =>
  Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 64, description: `${description} Kebab-case.` });
export const Port = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, description: `${description} 0 picks a free one.` });
export const Secret = Type.String({
  description: 'env:NAME or file:/path. A secret itself never stands in the site file.',
  pattern: '^(env:[A-Z_][A-Z0-9_]*|file:.+)$',
});
