import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import { suggest } from '#contracts/suggest.ts';
import {
  type Catalogue,
  type CatalogueStep,
  definitionHash,
  diagramOf,
  exampleSagas,
  findings,
  mermaidOf,
  parseSaga,
  placeText,
  printSaga,
  siteCatalogue,
  stepOf,
} from '../../../local-orchestrator/index.ts';
import { loadSiteFile } from '../../site-file/index.ts';
import { catalogueOf, siteDefinitions } from '../../site-sagas.ts';
import { CliError, EXIT } from '../exit.ts';
import { type Linted, lintSagas, mistakeText } from '../lint-sagas.ts';
import { jsonOption, print, readNamed, table } from '../options.ts';

interface Common {
  readonly site?: string;
  readonly json?: boolean;
}
interface ShowOptions extends Common {
  readonly yaml?: boolean;
  readonly mermaid?: boolean;
}

/** Writing sagas: no site has to run for it. Added to the command group `saga`. */
export function addSagaDefinitions(saga: Command): void {
  const site = '--site <file>';
  const about = 'site file: compare with its devices, people, models and notification channels as well';
  saga
    .command('lint <files...>')
    .description('check sagas written as YAML and say what to write instead')
    .option(site, about)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe files may begin one another.\n\nExample:\n  npx holdfast saga lint sagas/*.yaml --site site.yaml\n\nExit codes: 0 correct, 2 mistakes.',
    )
    .action(lint);
  saga
    .command('show <saga>')
    .description('show a saga: a file, or by its name one that is shipped or lies beside the site file')
    .option(site, 'site file: show it as that site runs it, with the hash that it has there')
    .option('--yaml', 'as a technician writes it (the default)')
    .option('--mermaid', 'as a picture for documents')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWith --json: the definition, its hash and its picture as nodes and edges.\n\nExample:\n  npx holdfast saga show pick-order --mermaid\n  npx holdfast saga show sagas/greet-truck.yaml --json',
    )
    .action(show);
  saga
    .command('catalogue [step]')
    .description('list the steps that sagas are made of, or explain one')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast saga catalogue\n  npx holdfast saga catalogue fleet.choose',
    )
    .action(explainSteps);
}

function lint(files: readonly string[], options: Common): void {
  const texts = files.map((file) => ({ file, text: readText(file) }));
  const linted = lintSagas(texts, catalogueFor(options));
  const isCorrect = linted.every(({ mistakes }) => mistakes.length === 0);
  print(options.json, { correct: isCorrect, files: linted }, () => linted.map(lintText).join('\n'));
  if (!isCorrect) process.exitCode = EXIT.usage;
}

function lintText({ file, name, hash, mistakes }: Linted): string {
  if (mistakes.length === 0) return `${basename(file)} is correct: saga ${name}, ${hash?.slice(0, 12)}.`;
  return mistakes.map((mistake) => mistakeText({ file: basename(file), ...mistake })).join('\n');
}

function show(saga: string, options: ShowOptions): void {
  const catalogue = catalogueFor(options);
  const definition = definitionOf(saga, catalogue, options);
  const diagram = diagramOf(definition);
  const told = findings(definition, catalogue).map((one) => ({ place: placeText(one), ...one }));
  const value = { hash: definitionHash(definition), definition, diagram, findings: told };
  print(options.json, value, () =>
    (options.mermaid === true ? mermaidOf(diagram) : printSaga(definition, catalogue)).trimEnd(),
  );
}

/** A file when it looks like one; otherwise one of the site, or without it as on a site with one of everything. */
function definitionOf(saga: string, catalogue: Catalogue, { site }: Common): SagaDefinition {
  if (/\.ya?ml$/.test(saga)) {
    const { sagas: _others, ...alone } = catalogue;
    return parseSaga(readText(saga), basename(saga), alone);
  }
  const known = site === undefined ? exampleSagas() : siteDefinitions(loadSiteFile(site), site);
  const found = known.find(({ name }) => name === saga);
  if (found !== undefined) return found;
  const names = known.map(({ name }) => name);
  const meant = suggest(saga, names);
  const hint =
    meant === undefined ? `Known are: ${names.join(', ')}. Or name a file.` : `Did you mean ${meant}?`;
  throw new CliError(`there is no saga ${saga}`, hint, EXIT.usage);
}

function explainSteps(name: string | undefined, options: Common): void {
  const catalogue = catalogueFor(options);
  if (name === undefined) {
    print(options.json, catalogue.steps, () =>
      table([
        ['STEP', 'WHAT IT DOES', 'AFTER A CRASH', 'UNDO'],
        ...catalogue.steps.map(({ activity, title }) => [
          `${activity.name}@${activity.version}`,
          title,
          afterCrash[activity.effect],
          activity.needsUndo === true ? 'needed' : '',
        ]),
      ]),
    );
    return;
  }
  const [plain, version] = name.split('@');
  const step = stepOf(catalogue, plain ?? '', version === undefined ? undefined : Number(version));
  if (step === undefined) {
    const meant = suggest(name, new Set(catalogue.steps.map(({ activity }) => activity.name)));
    const hint = meant === undefined ? 'See the list: holdfast saga catalogue.' : `Did you mean ${meant}?`;
    throw new CliError(`there is no step ${name}`, hint, EXIT.usage);
  }
  print(options.json, step, () => stepText(step));
}

const afterCrash: Readonly<Record<CatalogueStep['activity']['effect'], string>> = {
  idempotent: 'is done again',
  queryable: 'asks what became of it',
  neither: 'asks a person',
};

function stepText({ activity, title, input, output, timeoutMs, retry }: CatalogueStep): string {
  return [
    `${activity.name}@${activity.version}: ${title}`,
    `  after a crash: ${afterCrash[activity.effect]}`,
    `  undo: ${activity.needsUndo === true ? 'needed' : 'as you like'}`,
    `  unless said otherwise: ${timeoutMs / 1_000} s for an attempt, ${retry.attempts} attempts`,
    '  with:',
    ...schemaLines(input, '    '),
    '  output:',
    ...schemaLines(output, '    '),
  ].join('\n');
}

/** A schema for people: an entry in each line, with what it means. */
function schemaLines(schema: Json | undefined, indent: string): string[] {
  const { properties, required, items, description, ...rest } = (schema ?? {}) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
    items?: Json;
    description?: string;
    type?: string;
    enum?: readonly Json[];
    const?: Json;
    anyOf?: readonly Json[];
  };
  if (properties !== undefined) {
    const entries = Object.entries(properties);
    if (entries.length === 0) return [`${indent}{}`];
    return entries.flatMap(([key, member]) => {
      const [first = '', ...more] = schemaLines(member, `${indent}  `);
      const optional = required?.includes(key) === true ? '' : ' (may be left out)';
      const isLeaf =
        more.length === 0 && !('properties' in (member as object)) && !('items' in (member as object));
      return isLeaf
        ? [`${indent}${key}: ${first.trim()}${optional}`]
        : [`${indent}${key}:${optional}`, first, ...more];
    });
  }
  if (items !== undefined) return [`${indent}a list of`, ...schemaLines(items, `${indent}  `)];
  const type =
    rest.enum?.map((one) => String(one)).join(' | ') ??
    rest.anyOf?.map((one) => schemaLines(one, '').join(' ')).join(' | ') ??
    rest.type ??
    'anything';
  return [`${indent}${type}${description === undefined ? '' : `  # ${description}`}`];
}

function catalogueFor({ site }: Common): Catalogue {
  if (site !== undefined) return catalogueOf(loadSiteFile(site));
  return siteCatalogue({ sagas: exampleSagas() });
}

const readText = (file: string): string => readNamed(file, 'Name the YAML file of a saga.');
