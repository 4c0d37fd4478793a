import { dirname, join } from 'node:path';
import type { Log } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { roles, type SiteFile } from '#contracts/site-file.ts';
import {
  type Catalogue,
  findings,
  placeText,
  readSagaFolder,
  shippedSagas,
  siteCatalogue,
} from '../local-orchestrator/index.ts';
import { definitionMistakes, loadSiteFile } from './site-file/index.ts';

/** The shipped sagas as this site has them: its rules, places and docks are part of them. */
const shippedOf = ({ sagas, places, docks }: SiteFile): readonly SagaDefinition[] =>
  shippedSagas(sagas, places, docks);

/** What sagas of this site can be made of, and whom they can ask. */
export function catalogueOf(siteFile: SiteFile): Catalogue {
  const { models, notify, devices, people } = siteFile;
  const capabilities = devices.flatMap((device) => device.capabilities);
  return siteCatalogue({
    sagas: shippedOf(siteFile),
    models: models.map(({ name }) => name),
    channels: notify.map(({ name }) => name),
    capabilities: new Map(capabilities.map(({ id, kind }) => [id, kind])),
    people: {
      users: people.map(({ user }) => user),
      roles: [...roles, ...people.flatMap((person) => person.roles)],
      skills: people.flatMap(({ skills }) => skills),
      zones: people.flatMap(({ zones }) => zones),
    },
  });
}

/**
 * Sagas of the site, written as YAML in `sagas/` beside the site file.
 *
 * Errors: SAGA_FILE_INVALID.
 */
export const readSiteSagas = (sitePath: string, catalogue: Catalogue): readonly SagaDefinition[] =>
  readSagaFolder(join(dirname(sitePath), 'sagas'), catalogue);

/**
 * The same for a start. A site does not start with a saga that it would not understand; when it is only that nobody
 * is there to be asked, it does: people come and go, and a task that nobody may take is told of as one.
 *
 * Errors: SAGA_FILE_INVALID.
 */
export function siteSagas(siteFile: SiteFile, sitePath: string, log?: Log): readonly SagaDefinition[] {
  const { people, ...catalogue } = catalogueOf(siteFile);
  const sagas = readSiteSagas(sitePath, catalogue);
  if (log === undefined || people === undefined) return sagas;
  for (const saga of sagas) {
    for (const { cure, problem, ...at } of findings(saga, { steps: catalogue.steps, people })) {
      log.warn({ saga: saga.name, place: placeText(at), cure }, `a saga asks in vain: ${problem}`);
    }
  }
  return sagas;
}

/** Every saga of a site, as it starts with them. Errors: SAGA_FILE_INVALID. */
export const siteDefinitions = (siteFile: SiteFile, sitePath: string): readonly SagaDefinition[] => [
  ...shippedOf(siteFile),
  ...siteSagas(siteFile, sitePath),
];

/**
 * Reads a site file, and compares it with the sagas beside it.
 *
 * Errors: those of `loadSiteFile`, SAGA_FILE_INVALID.
 */
export const loadSite = (sitePath: string): SiteFile =>
  loadSiteFile(sitePath, (file) => definitionMistakes(file, siteDefinitions(file, sitePath)));
