import { type RoleSpec, roleTable } from '#contracts/bindings.ts';

/** Roles of each capability as table rows. */
export function bindingTable(): readonly string[] {
  const rows = Object.entries(roleTable).flatMap(([kind, roles]) =>
    Object.entries(roles as Record<string, RoleSpec>).map(
      ([role, spec]) =>
        `| ${kind} | \`${role}\` | ${spec.types.join(' or ')} | ${spec.access} | ${spec.required ? 'required' : (spec.group ?? '')} | ${spec.text} |`,
    ),
  );
  return [
    '| capability | role | tag type | access | needed | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}
