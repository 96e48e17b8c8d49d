import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  // After everything else has had its hand on the files.
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle)) {
      if (!/\.(js|css|svg)$/.test(name)) continue;
      const file = join(dir, name);
      const source = readFileSync(file);
      if (source.length < 1_024) continue;
      writeFileSync(`${file}.br`, brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      writeFileSync(`${file}.gz`, gzipSync(source, { level: 9 }));
    }
  },
};

/** Each icon from its own file: the package's list of all 6,000 would be read for the twenty that are used, in 400 MB more. */
const icons: Plugin = {
  name: 'icons',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/web\/src\/.*\.tsx?$/.test(id)) return null;
    return code.replace(/import \{([^}]+)\} from '@tabler\/icons-react';/g, (_all, names: string) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => {
          const [icon, local = icon] = name.split(/\s+as\s+/);
          return `import ${local} from '@tabler/icons-react/icons/${icon}';`;
        })
        .join(' '),
    );
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/app/',
  plugins: [icons, react(), packed],
  // The server puts a fresh nonce in the place of the word in every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    // Those that know light-dark(): what a minifier makes of it for older ones does not follow the switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
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
