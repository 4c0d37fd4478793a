import { SiteFile } from '#contracts/site-file.ts';
import { bindingTable } from './bindings.ts';
import { plain } from './plain.ts';

interface Node {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  anyOf?: Node[];
}

/** The reference of the site file: every entry with type, bounds, default and meaning. */
export function siteFileReference(): string {
  const rows: string[] = [];
  walk(plain(SiteFile) as Node, '', rows);
  return [
    '# The site file',
    '',
    'One YAML for one site. Check it with `npx holdfast check --site site.yaml`; mistakes come with line, column',
    'and cure. Entries apply at restart. Made from `contracts/site-file.ts` by `npm run docs`.',
    '',
    '| entry | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Roles of capabilities',
    '',
    'A capability of an OPC UA or Modbus device binds roles to tags of the device.',
    '',
    ...bindingTable(),
    '',
  ].join('\n');
}

function walk(node: Node, path: string, rows: string[]): void {
  if (path !== '') rows.push(row(node, path));
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const required = node.required?.includes(name) === true && child.default === undefined;
    walk(
      required ? child : { ...child, description: child.description ?? '' },
      path === '' ? name : `${path}.${name}`,
      rows,
    );
  }
  if (node.items?.properties !== undefined || node.items?.anyOf !== undefined)
    walkItems(node.items, path, rows);
}

function walkItems(items: Node, path: string, rows: string[]): void {
  for (const variant of items.anyOf ?? [items]) {
    const driver = variant.properties?.driver?.const;
    const label = driver === undefined ? `${path}[]` : `${path}[${String(driver)}]`;
    for (const [name, child] of Object.entries(variant.properties ?? {}))
      walk(child, `${label}.${name}`, rows);
  }
}

function row(node: Node, path: string): string {
  const fallback = node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``;
  return `| \`${path}\` | ${typeText(node)} | ${fallback} | ${(node.description ?? '').replaceAll('|', '\\|')} |`;
}

function typeText(node: Node): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(typeText).join(' or ');
  const bounds = [node.minimum, node.maximum];
  const range = bounds.every((bound) => bound === undefined) ? '' : ` ${bounds[0] ?? ''}…${bounds[1] ?? ''}`;
  return `${node.type ?? ''}${range}`;
}
