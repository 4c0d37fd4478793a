import { bindingProblems } from '#contracts/bindings.ts';
import { capabilityTable } from '#contracts/capabilities.ts';
import { matchesId } from '#contracts/patterns.ts';
import type { CapabilityConfig, SiteFile } from '#contracts/site-file.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { capabilitiesOf, type Mistake, mistakeAt, repeated, unknown } from './mistake.ts';
import { sagaMistakes } from './saga-meaning.ts';

/** What a schema cannot say: names that must exist, names that must not repeat, listeners that need TLS. */
export function meaningMistakes(file: SiteFile): readonly Mistake[] {
  return [
    ...repeated(
      file.devices.map((device) => device.id),
      (index) => ['devices', index, 'id'],
      'device',
    ),
    ...repeated(
      file.places.map((place) => place.id),
      (index) => ['places', index, 'id'],
      'place',
    ),
    ...repeated(
      file.mqtt.clients.map((client) => client.id),
      (index) => ['mqtt', 'clients', index, 'id'],
      'MQTT client',
    ),
    ...repeated(
      file.uplinks.map((uplink) => uplink.id),
      (index) => ['uplinks', index, 'id'],
      'uplink',
    ),
    ...repeated(
      file.models.map((model) => model.name),
      (index) => ['models', index, 'name'],
      'model',
    ),
    ...repeated(
      file.people.map((person) => person.user),
      (index) => ['people', index, 'user'],
      'person',
    ),
    ...repeated(
      file.notify.map((channel) => channel.name),
      (index) => ['notify', index, 'name'],
      'channel',
    ),
    ...notifyMistakes(file),
    ...modelMistakes(file),
    ...deviceMistakes(file),
    ...safetyMistakes(file),
    ...sagaMistakes(file),
    ...inventoryMistakes(file),
    ...dockMistakes(file),
    ...listenerMistakes(file),
    ...timeZoneMistakes(file),
    ...intakeMistakes(file),
  ];
}

const bindable = ({ kind, bind }: CapabilityConfig) => (bind === undefined ? { kind } : { kind, bind });

function notifyMistakes({ notify, tasks, devices }: SiteFile): readonly Mistake[] {
  const names = notify.map((channel) => channel.name);
  const lights = devices.flatMap(({ capabilities }) =>
    capabilities.filter(({ kind }) => kind === 'StackLight').map(({ id }) => id),
  );
  const channels = notify.flatMap((channel, index) => {
    if (channel.kind === 'stack-light' && !lights.includes(channel.target)) {
      return [unknown('StackLight', channel.target, lights, ['notify', index, 'target'])];
    }
    if (channel.kind !== 'smtp') return [];
    const path: Path = ['notify', index];
    if ((channel.user === undefined) !== (channel.password === undefined)) {
      return [mistakeAt(path, 'user and password go together', 'Give both, or neither.')];
    }
    if (channel.user === undefined || channel.security !== 'none' || loopback.test(channel.host)) return [];
    return [
      mistakeAt(
        path,
        'the password would cross the network in clear',
        'Write "security: starttls" or "tls".',
      ),
    ];
  });
  const unknownNames = tasks.notify.flatMap((name, index) =>
    names.includes(name) ? [] : [unknown('channel', name, names, ['tasks', 'notify', index])],
  );
  return [...channels, ...unknownNames];
}

function modelMistakes({ models }: SiteFile): readonly Mistake[] {
  const names = models.map((model) => model.name);
  return models.flatMap(({ fallback, name }, index) => {
    const path: Path = ['models', index, 'fallback'];
    if (fallback === undefined) return [];
    if (fallback === name)
      return [mistakeAt(path, 'a model cannot stand in for itself', 'Name another model.')];
    return names.includes(fallback) ? [] : [unknown('model', fallback, names, path)];
  });
}

function deviceMistakes(file: SiteFile): readonly Mistake[] {
  const capabilityIds = file.devices.flatMap((device, deviceIndex) =>
    device.capabilities.map((capability, index) => ({
      id: capability.id,
      path: ['devices', deviceIndex, 'capabilities', index, 'id'] as Path,
    })),
  );
  const seen = new Set<string>();
  const twice = capabilityIds.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [
      mistakeAt(
        path,
        `the capability "${id}" is there twice`,
        'Capability ids are unique on a site; rename one.',
      ),
    ];
  });
  const bindings = file.devices.flatMap((device, deviceIndex) => [
    ...repeated(
      device.tags.map((tag) => tag.name),
      (index) => ['devices', deviceIndex, 'tags', index, 'name'],
      'tag',
    ),
    ...device.capabilities.flatMap((capability, index) =>
      bindingProblems(bindable(capability), device.tags).map((problem) =>
        mistakeAt(
          ['devices', deviceIndex, 'capabilities', index, 'bind'],
          problem,
          'See the roles of each capability in docs/site-file.md.',
        ),
      ),
    ),
  ]);
  return [...twice, ...bindings];
}

function safetyMistakes(file: SiteFile): readonly Mistake[] {
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
      ...(tags.has(interlock.tag) ? [] : [unknown('tag', interlock.tag, tags.keys(), [...at, 'tag'])]),
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

function dockMistakes(file: SiteFile): readonly Mistake[] {
  const places = file.places.filter(({ kind }) => kind === 'dock').map(({ id }) => id);
  const doors = capabilitiesOf(file, 'Door');
  const restraints = capabilitiesOf(file, 'Dock');
  const twice = repeated(
    file.docks.map(({ id }) => id),
    (index) => ['docks', index, 'id'],
    'dock',
  );
  return [
    ...twice,
    ...file.docks.flatMap(({ place, door, restraint }, index) => [
      ...(places.includes(place)
        ? []
        : [unknown('place of kind dock', place, places, ['docks', index, 'place'])]),
      ...(doors.includes(door)
        ? []
        : [unknown('capability of kind Door', door, doors, ['docks', index, 'door'])]),
      ...(restraints.includes(restraint)
        ? []
        : [unknown('capability of kind Dock', restraint, restraints, ['docks', index, 'restraint'])]),
    ]),
  ];
}

function inventoryMistakes(file: SiteFile): readonly Mistake[] {
  const places = new Set(file.places.map((place) => place.id));
  return file.inventory.flatMap((row, index) =>
    places.has(row.place) ? [] : [unknown('place', row.place, places, ['inventory', index, 'place'])],
  );
}

/** A site that packs nowhere takes no orders. */
function intakeMistakes({ intake: { defaultDestination: name }, places }: SiteFile): readonly Mistake[] {
  const packing = places.filter(({ kind }) => kind === 'packing').map(({ id }) => id);
  if (packing.length === 0 || packing.includes(name)) return [];
  return [unknown('place of kind packing', name, packing, ['intake', 'defaultDestination'])];
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

function listenerMistakes(file: SiteFile): readonly Mistake[] {
  const open: Mistake[] = [];
  if (!loopback.test(file.http.host) && file.http.tls !== true) {
    open.push(
      mistakeAt(
        ['http', 'host'],
        'passwords would cross the network in clear',
        'Add "tls: true" under http, or listen on 127.0.0.1.',
      ),
    );
  }
  if (!loopback.test(file.mqtt.host) && file.mqtt.port !== undefined) {
    open.push(
      mistakeAt(
        ['mqtt', 'port'],
        'MQTT passwords would cross the network in clear',
        'Use tlsPort instead of port, or listen on 127.0.0.1.',
      ),
    );
  }
  return open;
}

function timeZoneMistakes(file: SiteFile): readonly Mistake[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone: file.site.timeZone });
    return [];
  } catch {
    return [
      mistakeAt(
        ['site', 'timeZone'],
        `"${file.site.timeZone}" is no time zone`,
        'Write an IANA name, such as Europe/Berlin.',
      ),
    ];
  }
}
