import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { writeShippedRunbooks } from '../../../local-orchestrator/index.ts';
import { CliError, EXIT } from '../exit.ts';

const TEMPLATE = `# One site, one file. Check it: npx holdfast check --site site.yaml
# All entries with their bounds and defaults: docs/site-file.md
site:
  id: my-site                 # part of every topic and event
  name: My site
  timeZone: UTC

http: { host: 127.0.0.1, port: 8080 }   # any other host needs "tls: true"
# mqtt: { tlsPort: 8883, host: 0.0.0.0, clients: [{ id: scada, subscribe: ["site/my-site/#"] }] }

places:
  - { id: packing-1, kind: packing, x: 0, y: 0 }

devices:
  - id: drives
    driver: modbus            # or opcua, rosbridge
    connection: { host: 127.0.0.1, port: 502, unitId: 1, pollIntervalMs: 100 }
    tags:
      - { name: run, address: coil:0, type: boolean, access: read-write }
      - { name: e-stop-ok, address: discrete:0, type: boolean }
    capabilities:
      - { id: infeed, kind: Conveyor, bind: { run: run } }

safety:
  interlocks:
    - { id: e-stop, text: the e-stop is pressed, tag: drives/e-stop-ok, is: true, protects: ["*"] }
  safeStates:
    - { target: infeed, action: stop }

# Where the events go when the uplink is there. The token never stands in this file.
# uplinks:
#   - { id: region, url: "https://region.example.com", token: "env:HOLDFAST_REGION_TOKEN" }
`;

export const initCommand = () =>
  new Command('init')
    .description('write a commented site file to begin with, and runbooks beside it')
    .argument('[file]', 'where to write it', 'site.yaml')
    .option('--runbooks', 'only the runbooks that are not there yet, beside a site file that is')
    .addHelpText(
      'after',
      '\nExample:\n  npx holdfast init site.yaml\n\nAn existing file or runbook is never overwritten.',
    )
    .action((file: string, { runbooks = false }: { runbooks?: boolean }) => {
      if (!runbooks) writeTemplate(file);
      const written = runbooksBeside(file);
      if (runbooks) {
        console.log(
          written.length === 0 ? 'All runbooks are there already.' : `Wrote ${written.join(', ')}.`,
        );
        return;
      }
      console.log(
        `Wrote ${file} and ${written.length} runbooks. Next: put your devices in, then "npx holdfast check --site ${file}".`,
      );
    });

function writeTemplate(file: string): void {
  try {
    writeFileSync(file, TEMPLATE, { flag: 'wx' });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CliError(`${file} is there already`, 'Name another file.', EXIT.usage);
    throw new CliError(`${file} cannot be written: ${message}`, 'Name a file that can be.', EXIT.usage);
  }
}

function runbooksBeside(file: string): readonly string[] {
  try {
    return writeShippedRunbooks(dirname(file));
  } catch (cause) {
    const { message } = cause as Error;
    throw new CliError(
      `The runbooks cannot be written: ${message}`,
      'Name a folder that can be written.',
      EXIT.usage,
    );
  }
}

export const siteFileTemplate = TEMPLATE;
