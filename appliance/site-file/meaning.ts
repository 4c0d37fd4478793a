import type { SiteFile } from '#contracts/site-file.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { capabilityMistakes, deviceMistakes } from './device-meaning.ts';
import { httpMistakes, isLoopback, mqttMistakes, portMistakes } from './listener-meaning.ts';
import { capabilitiesOf, type Mistake, mistakeAt, repeated, unknown } from './mistake.ts';
import { safetyMistakes } from './safety-meaning.ts';
import { sagaMistakes } from './saga-meaning.ts';

type Section = keyof SiteFile;

/** A comparison, and the sections it looks at. */
interface Check {
  readonly needs: readonly Section[];
  find(file: SiteFile): readonly Mistake[];
}

const checks: readonly Check[] = [
  once('devices', 'id', 'device'),
  once('places', 'id', 'place'),
  once('uplinks', 'id', 'uplink'),
  once('models', 'name', 'model'),
  once('people', 'user', 'person'),
  once('notify', 'name', 'channel'),
  { needs: ['notify', 'tasks', 'devices'], find: notifyMistakes },
  { needs: ['models'], find: modelMistakes },
  { needs: ['devices'], find: capabilityMistakes },
  { needs: ['devices', 'safety'], find: safetyMistakes },
  { needs: ['devices', 'places', 'sagas', 'site'], find: sagaMistakes },
  { needs: ['inventory', 'places'], find: inventoryMistakes },
  { needs: ['devices', 'docks', 'places'], find: dockMistakes },
  { needs: ['http'], find: httpMistakes },
  { needs: ['mqtt'], find: mqttMistakes },
  { needs: ['http', 'mqtt'], find: portMistakes },
  { needs: ['site'], find: timeZoneMistakes },
  { needs: ['intake', 'places'], find: intakeMistakes },
];

/**
 * What a schema cannot say: names that must exist, names that must not repeat, listeners that need TLS. What has a
 * mistake of shape cannot be compared; all else is, so that one round of corrections is enough more often.
 */
export function meaningMistakes(value: unknown, shape: readonly Mistake[]): readonly Mistake[] {
  const file = (typeof value === 'object' && value !== null ? value : {}) as SiteFile;
  const isSound = (...path: Path) =>
    !shape.some((mistake) => path.every((part, depth) => mistake.path[depth] === part));
  const devices = Array.isArray(file.devices) ? file.devices : [];
  return [
    ...checks
      .filter(({ needs }) => needs.every((section) => file[section] !== undefined && isSound(section)))
      .flatMap(({ find }) => find(file)),
    ...devices.flatMap((device, index) =>
      isSound('devices', index) ? deviceMistakes(device, ['devices', index]) : [],
    ),
  ];
}

function once<L extends 'devices' | 'places' | 'uplinks' | 'models' | 'people' | 'notify'>(
  list: L,
  name: keyof SiteFile[L][number],
  what: string,
): Check {
  return {
    needs: [list],
    find: (file) =>
      repeated(
        file[list].map((entry) => String(entry[name as keyof typeof entry])),
        (index) => [list, index, String(name)],
        what,
      ),
  };
}

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
    if (channel.user === undefined || channel.security !== 'none' || isLoopback(channel.host)) return [];
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
