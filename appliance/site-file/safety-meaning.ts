import { type RoleType, roleTypeOf } from '#contracts/bindings.ts';
import { capabilityTable } from '#contracts/capabilities.ts';
import { matchesId } from '#contracts/patterns.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { InterlockConfig } from '#contracts/site-safety.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { type Mistake, mistakeAt, unknown } from './mistake.ts';

/** What interlocks, safe states and heartbeats name must be there and fit. */
export function safetyMistakes(file: SiteFile): readonly Mistake[] {
  const tags = new Map(
    file.devices.flatMap((device) => device.tags.map((tag) => [`${device.id}/${tag.name}`, tag])),
  );
  const kinds = new Map(
    file.devices.flatMap((device) => device.capabilities.map(({ id, kind }) => [id, kind])),
  );
  const fits = (pattern: string) => [...kinds.keys()].filter((id) => matchesId(pattern, id));
  const interlocks = file.safety.interlocks.flatMap((interlock, index) => {
    const at: Path = ['safety', 'interlocks', index];
    return [
      ...conditionMistakes(interlock, tags, at),
      ...interlock.protects.flatMap((pattern, place) =>
        fits(pattern).length > 0
          ? []
          : [unknown('capability', pattern, kinds.keys(), [...at, 'protects', place])],
      ),
    ];
  });
  const safeStates = file.safety.safeStates.flatMap((safeState, index) => {
    const at: Path = ['safety', 'safeStates', index];
    const targets = fits(safeState.target);
    if (targets.length === 0)
      return [unknown('capability', safeState.target, kinds.keys(), [...at, 'target'])];
    return targets
      .filter((id) => !Object.hasOwn(capabilityTable[kinds.get(id) ?? 'Door'], safeState.action))
      .map((id) =>
        mistakeAt(
          [...at, 'action'],
          `${id} is a ${kinds.get(id)}, which has no "${safeState.action}"`,
          'Write stop for conveyors and pause for robots.',
        ),
      );
  });
  const heartbeats = file.safety.heartbeats.flatMap((heartbeat, index) => {
    const path: Path = ['safety', 'heartbeats', index, 'tag'];
    const tag = tags.get(heartbeat.tag);
    if (tag === undefined) return [unknown('tag', heartbeat.tag, tags.keys(), path)];
    return tag.access === 'read-write'
      ? []
      : [mistakeAt(path, `${heartbeat.tag} is read-only`, 'Set access: read-write on the tag.')];
  });
  return [...interlocks, ...safeStates, ...heartbeats];
}

const valueCures: Readonly<Record<RoleType, string>> = {
  boolean: 'Write true or false, without quotes.',
  number: 'Write a number, without quotes.',
  string: 'Write a text; in quotes when it looks like a number.',
};

/** A value that the tag can never have would keep the interlock from ever being met. */
function conditionMistakes(
  { tag: path, is }: InterlockConfig,
  tags: ReadonlyMap<string, TagConfig>,
  at: Path,
): readonly Mistake[] {
  const tag = tags.get(path);
  if (tag === undefined) return [unknown('tag', path, tags.keys(), [...at, 'tag'])];
  const type = roleTypeOf(tag.type);
  if (typeof is === type) return [];
  return [
    mistakeAt([...at, 'is'], `${path} is ${tag.type} and never ${JSON.stringify(is)}`, valueCures[type]),
  ];
}
