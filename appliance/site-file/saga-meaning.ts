import { matchesId } from '#contracts/patterns.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { scheduleProblem } from '../../local-orchestrator/index.ts';
import { capabilitiesOf, type Mistake, mistakeAt, repeated, unknown } from './mistake.ts';

/** What the shipped sagas are told of the site: the devices and places it names must be there. */
export function sagaMistakes(file: SiteFile): readonly Mistake[] {
  const { pickOrder, carrying, cycleCount } = file.sagas;
  const places = file.places.map(({ id }) => id);
  return [
    ...missing('conveyor', pickOrder.conveyor, capabilitiesOf(file, 'Conveyor'), ['pickOrder', 'conveyor']),
    ...missing('place', pickOrder.induct, places, ['pickOrder', 'induct']),
    ...robotMistakes(file, pickOrder.robots, ['pickOrder', 'robots']),
    ...robotMistakes(file, carrying.robots, ['carrying', 'robots']),
    ...missing('capability of kind Scanner', cycleCount.scanner, capabilitiesOf(file, 'Scanner'), [
      'cycleCount',
      'scanner',
    ]),
    ...scheduleMistakes(file),
  ];
}

function missing(
  what: string,
  name: string | undefined,
  known: readonly string[],
  at: Path,
): readonly Mistake[] {
  return name === undefined || known.includes(name) ? [] : [unknown(what, name, known, ['sagas', ...at])];
}

/** `*` alone is what is written nowhere: a site without robots has it too. */
function robotMistakes(file: SiteFile, patterns: readonly string[], at: Path): readonly Mistake[] {
  const robots = capabilitiesOf(file, 'MobileRobot');
  return patterns.flatMap((pattern, index) =>
    pattern === '*' || robots.some((id) => matchesId(pattern, id))
      ? []
      : [unknown('capability of kind MobileRobot', pattern, robots, ['sagas', ...at, index])],
  );
}

function scheduleMistakes({ sagas: { schedules }, site }: SiteFile): readonly Mistake[] {
  const twice = repeated(
    schedules.map(({ name }) => name),
    (index) => ['sagas', 'schedules', index, 'name'],
    'schedule',
  );
  const broken = schedules.flatMap((schedule, index) => {
    const problem = scheduleProblem(schedule, site.timeZone);
    const cure = 'Five fields, such as "30 2 * * *", and an IANA time zone, such as Europe/Berlin.';
    return problem === null ? [] : [mistakeAt(['sagas', 'schedules', index, 'cron'], problem, cure)];
  });
  return [...twice, ...broken];
}
