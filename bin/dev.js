// The program and its page with reload: the API on PORT, built and started anew when a source changes, and the page at
// http://localhost:5173/app.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const start = (args, env = {}) => spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });

let program = start(['dist/src/main.js']);
const page = start(['node_modules/vite/bin/vite.js', '--config', 'web/vite.config.ts'], {
  API_URL: `http://127.0.0.1:${process.env.PORT ?? '3000'}`,
});

let timer;
function again() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (spawnSync(process.execPath, ['bin/build.js'], { cwd: root, stdio: 'inherit' }).status !== 0) return;
    const next = () => {
      program = start(['dist/src/main.js']);
    };
    if (program.exitCode !== null) return next();
    program.once('exit', next);
    // At once: nobody waits for a balancer here.
    program.kill('SIGINT');
  }, 300);
}
for (const folder of ['src', 'migrations']) watch(join(root, folder), { recursive: true }, again);

const stop = () => {
  program.kill('SIGINT');
  page.kill('SIGTERM');
  program.once('exit', () => process.exit(0));
  if (program.exitCode !== null) process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
