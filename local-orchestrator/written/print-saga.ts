import { Document, isScalar, visit } from 'yaml';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { Catalogue } from '../definition/catalogue.ts';
import { type JsonObject, type Writer, writeFields } from './fields.ts';
import { impliedJoin, type Layout, layoutOf } from './layout.ts';
import { headFields, nodeForms } from './node-fields.ts';

const LINE_WIDTH = 110;

/** A definition as a technician writes it. `readSaga` reads it back to the same hash, given the same catalogue. */
export function printSaga(definition: SagaDefinition, catalogue?: Catalogue): string {
  const layout = layoutOf(definition);
  const head = writeFields(headFields, definition as unknown as JsonObject, topWriter(catalogue));
  const steps = writeBlock(layout.top, null, definition, layout, catalogue);
  // A form may stand twice in a definition; here each stands for itself.
  const document = new Document({ ...head, steps }, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_key, list) => {
      list.flow = list.items.length <= FLOW_ITEMS_MAX && list.items.every((item) => isScalar(item));
    },
  });
  return document.toString({ lineWidth: LINE_WIDTH, flowCollectionPadding: false });
}
/** A list of so many plain values stands in one line. */
const FLOW_ITEMS_MAX = 8;

const topWriter = (catalogue: Catalogue | undefined): Writer => ({
  following: null,
  join: '',
  catalogue,
  block: () => undefined,
});

function writeBlock(
  ids: readonly string[],
  following: string | null,
  definition: SagaDefinition,
  layout: Layout,
  catalogue: Catalogue | undefined,
): JsonObject[] {
  return ids.map((id, index) => {
    const node = definition.nodes[id];
    if (node === undefined) return {};
    const { key, fields } = nodeForms[node.kind];
    const writer: Writer = {
      following: ids[index + 1] ?? following,
      join: impliedJoin(id),
      catalogue,
      block(first, next) {
        const block = layout.blocks.get(first);
        return block === undefined ? undefined : writeBlock(block, next, definition, layout, catalogue);
      },
    };
    return { [key]: id as Json, ...writeFields(fields, node as unknown as JsonObject, writer) };
  });
}
