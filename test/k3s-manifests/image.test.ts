import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const linesOf = (name: string) =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

test('what lies in a clone and not in the repository is not copied into the image', () => {
  const ignored = linesOf('.dockerignore');
  expect(linesOf('k3s-manifests/Containerfile')).toContain('COPY . .');
  expect(ignored).toEqual(expect.arrayContaining(['**/.holdfast', '**/node_modules', '.git']));
  // Git matches at any depth, and a folder ends in a slash; the image's rules say both otherwise.
  const unversioned = linesOf('.gitignore').map((pattern) => `**/${pattern.replace(/\/$/, '')}`);
  expect(ignored).toEqual(expect.arrayContaining(unversioned));
  // Nothing takes an exception back.
  expect(ignored.filter((pattern) => pattern.startsWith('!'))).toEqual([]);
});
