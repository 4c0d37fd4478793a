import type { ClientSession, ReferenceDescription } from 'node-opcua-client';
import type { BrowseEntry } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Opcua } from './library.ts';

/** Entries of one answer; a folder with more is narrowed by browsing further down. */
export const BROWSE_ENTRIES_MAX = 1_000;

/** The nodes below an address (NodeId), or below Objects. */
export async function browseNode(
  opcua: Opcua,
  session: ClientSession,
  device: string,
  address = 'i=85',
): Promise<readonly BrowseEntry[]> {
  let nodeId: string;
  try {
    nodeId = opcua.resolveNodeId(address).toString();
  } catch (cause) {
    const details = { tag: 'browse', address, problem: 'it is no NodeId' };
    throw new ApplianceError('DRV_BAD_ADDRESS', details, { cause });
  }
  const references: ReferenceDescription[] = [];
  let result = await session.browse({
    nodeId,
    referenceTypeId: 'HierarchicalReferences',
    browseDirection: opcua.BrowseDirection.Forward,
    includeSubtypes: true,
    nodeClassMask: 0,
    resultMask: 63,
  });
  if (!result.statusCode.isGood()) {
    throw new ApplianceError('DRV_REFUSED', {
      device,
      what: `to browse ${address}`,
      reason: result.statusCode.name,
    });
  }
  references.push(...(result.references ?? []));
  while (result.continuationPoint && references.length < BROWSE_ENTRIES_MAX) {
    result = await session.browseNext(result.continuationPoint, false);
    references.push(...(result.references ?? []));
  }
  if (result.continuationPoint) await session.browseNext(result.continuationPoint, true);
  return describeAll(opcua, session, references.slice(0, BROWSE_ENTRIES_MAX));
}

async function describeAll(
  opcua: Opcua,
  session: ClientSession,
  references: readonly ReferenceDescription[],
): Promise<readonly BrowseEntry[]> {
  const { AttributeIds, NodeClass } = opcua;
  const variables = references.filter(({ nodeClass }) => nodeClass === NodeClass.Variable);
  const values =
    variables.length === 0
      ? []
      : await session.read(
          variables.flatMap(({ nodeId }) => [
            { nodeId, attributeId: AttributeIds.DataType },
            { nodeId, attributeId: AttributeIds.UserAccessLevel },
          ]),
        );
  return references.map((reference): BrowseEntry => {
    const at = variables.indexOf(reference) * 2;
    const common = { address: reference.nodeId.toString(), name: reference.browseName.name ?? '' };
    if (at < 0) {
      return {
        ...common,
        type: NodeClass[reference.nodeClass] ?? 'Object',
        access: 'none',
        hasChildren: true,
      };
    }
    const dataType: unknown = values[at]?.value.value;
    const level: unknown = values[at + 1]?.value.value;
    return {
      ...common,
      type: typeName(opcua, dataType),
      access: accessOf(typeof level === 'number' ? level : 0),
      hasChildren: false,
    };
  });
}

function typeName({ DataType, NodeId }: Opcua, dataType: unknown): string {
  if (!(dataType instanceof NodeId)) return 'unknown';
  const name =
    dataType.namespace === 0 && typeof dataType.value === 'number' ? DataType[dataType.value] : undefined;
  return name ?? dataType.toString();
}

/** OPC 10000-3 §8.57: bit 0 current value readable, bit 1 writable. */
function accessOf(level: number): BrowseEntry['access'] {
  if ((level & 2) !== 0) return 'read-write';
  return (level & 1) !== 0 ? 'read' : 'none';
}
