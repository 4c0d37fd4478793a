// Writes the documents that are made from contracts/ and the shipped sagas: npm run docs
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs } from './docs/generate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const folder of ['contracts', 'sagas'])
  rmSync(join(root, 'docs', folder), { recursive: true, force: true });
for (const [path, content] of generatedDocs()) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
console.log('docs/ is up to date');
