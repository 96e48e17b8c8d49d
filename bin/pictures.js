// The pictures of the README, taken from the real page with demo data: npm run pictures. A tracker of its own is started in a
// temporary folder and thrown away again.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumBinary, freePort } from '../test/support/services.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs', 'pictures');
const MOST_BYTES = 200_000;
const KEY = 'pictures-admin-key-pictures-admin-key';

const folder = mkdtempSync(join(tmpdir(), 'cidra-pictures-'));
// The embedded server may run as another user.
chmodSync(folder, 0o755);
const port = await freePort();
const env = {
  PATH: process.env.PATH ?? '',
  ENV_FILE: 'none',
  DATA_DIR: folder,
  PORT: String(port),
  // What is seen are the links of a tracker in use.
  PUBLIC_URL: 'https://track.example.com',
  ADMIN_API_KEY: KEY,
  LOG_LEVEL: 'error',
};
const program = (name) => join(root, 'dist', 'src', name);

const seeded = spawnSync(process.execPath, [program('scripts/seed.js'), '--yes'], { env, stdio: 'inherit' });
if (seeded.status !== 0) throw new Error('the demo data could not be written');
const tracker = spawn(process.execPath, [program('main.js')], { env, stdio: 'inherit' });
const ended = new Promise((resolve) => tracker.once('exit', resolve));
try {
  await untilReady(`http://127.0.0.1:${port}/readyz`);
  await take(`http://127.0.0.1:${port}`);
} finally {
  tracker.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

async function untilReady(url) {
  for (let tries = 0; tries < 240; tries++) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('the tracker did not start within a minute');
}

async function take(baseURL) {
  mkdirSync(target, { recursive: true });
  const found = chromiumBinary();
  const browser = await chromium.launch({
    executablePath: found.includes('/') ? found : `/usr/bin/${found}`,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  // Whole days only: that of today would end in a fall.
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await page.goto(`/app/reports?from=${day(28)}&to=${day(1)}`);
  await page.getByRole('button', { name: 'Use a key instead' }).click();
  await page.getByLabel('API key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('[data-row]').first().waitFor();
  await page.locator('.recharts-line').first().waitFor();
  await shoot(page, 'report');

  await page.goto('/app/offer-sources');
  await page.getByText('Nordlead (demo)').click();
  await page.getByRole('button', { name: 'Copy Postback URL' }).waitFor();
  await shoot(page, 'link-builder');
  await browser.close();
}

async function shoot(page, name) {
  const path = join(target, `${name}.png`);
  await page.locator('[aria-busy=true], .mantine-Skeleton-root, .mantine-Loader-root').first().waitFor({ state: 'detached' });
  // What was under the pointer is let go with the next frame.
  await page.mouse.move(0, 0);
  await page.evaluate('new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))).then(() => undefined)');
  const hovered = await page.evaluate(`document.querySelectorAll('[role=table] :hover').length`);
  if (hovered > 0) throw new Error(`${name}: something in the table is still under the pointer`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes: a README should not be so heavy`);
  console.log(`${path}: ${Math.round(size / 1_000)} kB`);
}
