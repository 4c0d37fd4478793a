import type { TagConfig } from '#contracts/site-devices.ts';

/** OPC 10000-6 §5.3.1.10: a namespace, 0 when it is left out, and a number, a string, a GUID or opaque bytes. */
const nodeId =
  /^(ns=\d{1,5};)?(i=\d{1,10}|s=.+|g=[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|b=[\da-z+/]+={0,2})$/is;

/** What keeps an address from being a NodeId, in words; undefined when it is one. */
export const opcuaAddressProblem = ({ address }: Pick<TagConfig, 'address'>): string | undefined =>
  nodeId.test(address) ? undefined : 'it is no NodeId';
