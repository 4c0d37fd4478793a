import { dirname, join } from 'node:path';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { type Catalogue, exampleSagas, readSagaFolder, siteCatalogue } from '../local-orchestrator/index.ts';

/** What sagas of this site can be made of. */
export const catalogueOf = (siteFile: Pick<SiteFile, 'models' | 'notify'>): Catalogue =>
  siteCatalogue({
    sagas: exampleSagas().map(({ name }) => name),
    models: siteFile.models.map(({ name }) => name),
    channels: siteFile.notify.map(({ name }) => name),
  });

/**
 * Sagas of the site, written as YAML in `sagas/` beside the site file.
 *
 * Errors: SAGA_FILE_INVALID. A site does not start with a saga that it would not understand.
 */
export const siteSagas = (siteFile: SiteFile, sitePath: string): readonly SagaDefinition[] =>
  readSagaFolder(join(dirname(sitePath), 'sagas'), catalogueOf(siteFile));
