import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { parse } from 'yaml';
import { ApplianceError } from '#contracts/errors.ts';
import { PlaceConfig } from '#contracts/site-file.ts';
import { parseFloorMap } from './floor/map.ts';
import { startSim } from './sim.ts';

interface Flags {
  readonly map: string;
  readonly places?: string;
  readonly metresPerCell: number;
  readonly opcuaPort: number;
  readonly modbusPort: number;
  readonly rosPort: number;
  readonly controlPort: number;
  readonly robots?: number;
  readonly speed: number;
  readonly seed: number;
  readonly pkiDir?: string;
  readonly state?: string;
}

const numberBetween = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new InvalidArgumentError(`It is a number from ${min} to ${max}.`);
  }
  return value;
};
const wholeBetween = (min: number, max: number) => (text: string) => {
  const value = numberBetween(min, max)(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It is a whole number.');
  return value;
};
const port = wholeBetween(0, 65_535);

const program = new Command('sim')
  .description(
    'The simulated site: line PLC (OPC UA), drives (Modbus TCP) and robots (rosbridge), on loopback.',
  )
  .requiredOption('--map <file>', 'floor in octile format')
  .option(
    '--places <file>',
    'YAML with a list "places", such as a site file (default: site.yaml beside the map, else derived from the map)',
  )
  .option('--metres-per-cell <n>', 'size of a cell', numberBetween(0.1, 10), 1)
  .option('--opcua-port <n>', '0 picks a free one', port, 0)
  .option('--modbus-port <n>', '0 picks a free one', port, 0)
  .option('--ros-port <n>', '0 picks a free one', port, 0)
  .option('--control-port <n>', '0 picks a free one', port, 0)
  .option(
    '--robots <n>',
    'how many (default: one per charging place of --places, else 4)',
    wholeBetween(1, 100),
  )
  .option('--speed <n>', 'physics so many times as fast as the clock', numberBetween(0.1, 1_000), 1)
  .option('--seed <n>', 'the same seed, the same site', wholeBetween(0, 2 ** 32 - 1), 1)
  .option('--pki-dir <dir>', "keeps the PLC's certificate between starts")
  .option('--state <file>', 'keeps where everything is, and goes on from there (default: a fresh floor)');

/** Prints one line of JSON when everything answers; ends on SIGINT, SIGTERM or when its parent has gone. */
async function main(): Promise<void> {
  const flags = program.parse().opts<Flags>();
  const map = parseFloorMap(readFileSync(flags.map, 'utf8'), flags.metresPerCell);
  const places = readPlaces(flags);
  if (flags.pkiDir !== undefined) mkdirSync(flags.pkiDir, { recursive: true });
  const sim = await startSim({
    map,
    ...(places !== undefined && { places }),
    robots: flags.robots ?? (places?.filter(({ kind }) => kind === 'charge').length || 4),
    speed: flags.speed,
    seed: flags.seed,
    ports: {
      opcua: flags.opcuaPort,
      modbus: flags.modbusPort,
      ros: flags.rosPort,
      control: flags.controlPort,
    },
    ...(flags.pkiDir !== undefined && { pkiDir: flags.pkiDir }),
    ...(flags.state !== undefined && { state: { file: flags.state, warn: console.error } }),
  });
  console.log(
    JSON.stringify({
      ...sim.ports,
      controlUrl: sim.control,
      pid: process.pid,
      speed: flags.speed,
      robots: sim.state().robots.map(({ id, namespace }) => ({ id, namespace })),
    }),
  );
  const end = () => {
    sim.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // Started with IPC: whoever started us is gone.
  process.once('disconnect', end);
}

function readPlaces({ places, map }: Flags): PlaceConfig[] | undefined {
  const beside = join(dirname(map), 'site.yaml');
  const file = places ?? (existsSync(beside) ? beside : undefined);
  if (file === undefined) return undefined;
  const content: unknown = parse(readFileSync(file, 'utf8'));
  if (!Value.Check(Type.Object({ places: Type.Array(PlaceConfig) }), content)) {
    throw new ApplianceError('DRV_SIM_PLACE', { problem: `${file} has no list "places" that fits` });
  }
  return content.places;
}

main().catch((error: unknown) => {
  const words = error instanceof ApplianceError ? `${error.message}\n${error.hint}` : String(error);
  console.error(words);
  process.exit(1);
});
