import { Value } from 'typebox/value';
import { DockConfig } from '#contracts/docks.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { type PlaceConfig, SiteFile } from '#contracts/site-file.ts';
import { shippedSagas } from '../sagas/shipped.ts';

const places: readonly PlaceConfig[] = [
  { id: 'rack-1', kind: 'rack', x: 10, y: 10 },
  { id: 'induct-1', kind: 'induct', x: 0, y: 5 },
  { id: 'packing-1', kind: 'packing', x: 0, y: 0 },
  { id: 'reject-1', kind: 'reject', x: 1, y: 0 },
];
const dock = { id: 'dock-1', place: 'packing-1', door: 'dock-1-door', restraint: 'dock-1-restraint' };

/** The shipped sagas on a site that has one of everything: for the documents, and to be looked at without a site. */
export function exampleSagas(): readonly SagaDefinition[] {
  const given = { pickOrder: { conveyor: 'conveyor-1' } };
  const config = Value.Default(SiteFile.properties.sagas, given) as SiteFile['sagas'];
  return shippedSagas(config, places, [Value.Default(DockConfig, dock) as DockConfig]);
}
