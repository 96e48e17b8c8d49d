import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const api = process.env.API_URL ?? 'http://127.0.0.1:3000';
const key = process.env.API_KEY;

/** Beside each file its compressed twins, so that the server packs nothing per request. */
const packed: Plugin = {
  name: 'packed',
  apply: 'build',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (!/\.(js|css|svg)$/.test(file.fileName)) continue;
      const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
      if (source.length < 1_024) continue;
      const brotli = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
      this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: brotli });
      this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) });
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/app/',
  plugins: [react(), packed],
  // The server puts a fresh nonce in the place of the word in every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: {
    port: 5173,
    strictPort: true,
    // `npm run dev`: the page comes from here, everything else from the program.
    proxy: Object.fromEntries(
      ['/api', '/docs', '/openapi.json', '/c/', '/postback', '/ops', '/readyz'].map((path) => [
        path,
        { target: api, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } },
      ]),
    ),
  },
});
