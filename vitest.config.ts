import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/nightly/**', 'test/peers/**'],
    // Peers, threads and processes are real: two files at a time is what two cores carry.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // Without it, a poll gives up after a second, which a loaded machine needs for nothing at all.
    expect: { poll: { timeout: 20_000 } },
  },
});
