import type { Json } from '#contracts/sagas.ts';
import type { Report } from './finding.ts';
import { schemaMistake } from './json-schema.ts';

export function reportSchema(
  schema: Readonly<Record<string, Json>>,
  path: readonly (string | number)[],
  report: Report,
): void {
  const mistake = schemaMistake(schema);
  if (mistake === null) return;
  report(
    path,
    `the schema cannot be used: ${mistake}`,
    'Write a JSON Schema (draft 2020-12) without extras.',
  );
}
