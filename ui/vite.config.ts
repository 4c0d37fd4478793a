import { defineConfig } from 'vite';

/** Port of a running appliance, for `vite ui` while working on pages; the build does not need it. */
const APPLIANCE = process.env.HOLDFAST_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy is `default-src 'self'`: nothing may arrive as data: or inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': {
        target: APPLIANCE,
        ws: true,
        changeOrigin: true,
        // The appliance answers no page of another origin, which this server's pages would be to it.
        headers: { origin: new URL(APPLIANCE).origin },
      },
    },
  },
});
