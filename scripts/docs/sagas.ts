import type { DiagramEdge } from '#contracts/diagram.ts';
import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import {
  type CatalogueStep,
  definitionHash,
  diagramOf,
  exampleSagas,
  mermaidOf,
  siteCatalogue,
} from '../../local-orchestrator/index.ts';

/** A page for each shipped saga, and one for the steps they are made of: path from the root, and content. */
export function sagaPages(): ReadonlyMap<string, string> {
  const pages = new Map(exampleSagas().map((saga) => [`docs/sagas/${saga.name}.md`, pageOf(saga)]));
  return pages.set('docs/sagas/catalogue.md', cataloguePage());
}

const MADE = '<!-- Made by npm run docs; changes here are lost. -->';

function pageOf(saga: SagaDefinition): string {
  const diagram = diagramOf(saga);
  const nodes = Object.entries(saga.nodes);
  return [
    `# ${saga.name}: ${saga.title}`,
    MADE,
    `Version ${saga.version}, ${definitionHash(saga).slice(0, 12)} on a site with one of everything: ${counted(saga)}.${sloText(saga)}`,
    'Solid arrows go on, dotted ones are failures and deadlines, dashed boxes are amends: made in the opposite order when the saga is cancelled or cannot go on.',
    `\`\`\`mermaid\n${mermaidOf(diagram).trimEnd()}\n\`\`\``,
    '## Amends',
    tableOf(
      ['after', 'amends', 'when'],
      nodes.flatMap(([, node]) => amendsRow(node)),
    ),
    '## Where people decide',
    tableOf(
      ['task', 'buttons'],
      nodes.flatMap(([, node]) => taskRow(node)),
    ),
    '## Failures with a way of their own',
    tableOf(
      ['step', 'failure', 'leads to'],
      diagram.edges
        .filter(({ kind, from }) => kind === 'failure' && saga.nodes[from]?.kind !== 'undo')
        .map((edge) => failureRow(edge, saga)),
    ),
    `As a technician would write it: \`npx holdfast saga show ${saga.name}\`.\n`,
  ].join('\n\n');
}

function counted({ nodes }: SagaDefinition): string {
  const count = (kind: SagaNode['kind']) => Object.values(nodes).filter((node) => node.kind === kind).length;
  return `${count('step')} steps, ${count('task')} human tasks, ${Object.keys(nodes).length} nodes`;
}

const sloText = ({ slo }: SagaDefinition): string =>
  slo === undefined
    ? ''
    : ` ${Math.round(slo.objective * 100)} % shall complete without amends within ${slo.durationMs / 60_000} minutes.`;

function amendsRow(node: SagaNode): string[][] {
  if ((node.kind !== 'step' && node.kind !== 'child') || node.compensation === undefined) return [];
  const { title, when } = node.compensation;
  return [
    [node.title, title, when === 'started' ? 'also when it failed or nobody knows' : 'once it was done'],
  ];
}

const taskRow = (node: SagaNode): string[][] => {
  if (node.kind !== 'task' && node.kind !== 'model') return [];
  const buttons = node.kind === 'task' ? node.decisions : node.options;
  return [[node.title, buttons.map(({ label }) => label).join(' · ')]];
};

function failureRow({ from, to, label }: DiagramEdge, { nodes }: SagaDefinition): string[] {
  const title = (id: string) => {
    const node = nodes[id];
    return node === undefined || node.kind === 'join' ? id : node.title;
  };
  return [title(from), label, title(to)];
}

function cataloguePage(): string {
  const { steps } = siteCatalogue({});
  return [
    '# Steps that sagas are made of',
    MADE,
    'On the box: `npx holdfast saga catalogue`, and `npx holdfast saga catalogue fleet.choose` for one.',
    tableOf(
      ['step', 'what it does', 'with', 'output', 'after a crash', 'undo'],
      steps.map((step) => [
        `\`${step.activity.name}@${step.activity.version}\``,
        step.title,
        membersOf(step.input),
        membersOf(step.output),
        afterCrash[step.activity.effect],
        step.activity.needsUndo === true ? 'needed' : '',
      ]),
    ).concat('\n'),
  ].join('\n\n');
}

const afterCrash: Readonly<Record<CatalogueStep['activity']['effect'], string>> = {
  idempotent: 'done again',
  queryable: 'asks what became of it',
  neither: 'asks a person',
};

/** Names of the entries; those of a command are its arguments. */
function membersOf(schema: Json): string {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, Json> };
  const own =
    properties.args === undefined ? properties : (properties.args as { properties?: object }).properties;
  return Object.keys(own ?? {}).join(', ');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None.';
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
