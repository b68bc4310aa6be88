import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds the browser app into `dist/web`; `vite dev` talks to a dashboard on its usual port. */
export default defineConfig({
  root: decodeURIComponent(new URL('.', import.meta.url).pathname),
  plugins: [react()],
  build: {
    outDir: '../../../dist/web',
    emptyOutDir: true,
    // The content security policy allows no data: addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // what belongs to which page, for the test that holds each to its size
    manifest: true,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
