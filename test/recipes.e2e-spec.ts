import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { freePort, temporaryFolder } from './support/services.js';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

const RECIPES = readFileSync(join(import.meta.dirname, '..', 'docs', 'recipes.md'), 'utf8');

/** docs/recipes.md, copied line by line into a shell. */
describe('the recipes', () => {
  it('do what they say', async () => {
    const port = await freePort();
    const tracker = await Tracker.start('postgres', { PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, HOST: 'localhost' });
    const folder = temporaryFolder('recipes');
    try {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'admin-key'), `${ADMIN_KEY}\n`);
      const sections = RECIPES.split(/^## /m).map(
        (section) => [section.split('\n', 1)[0], [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((m) => m[1]).join('\n')] as const,
      );
      const script = sections
        .map(([title, lines]) => `echo "=== ${title}"\n${lines}`)
        .join('\n')
        .replaceAll('localhost:3000', `localhost:${port}`);
      const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: folder, timeout: 90_000 });
      const said = (title: string): string => stdout.split(`=== ${title}\n`)[1]?.split('\n=== ')[0] ?? '';

      expect(said('Set up a network')).toMatch(/maxbounty[\s\S]*postback\/[\w-]{22}\?cid=#S2#/);
      expect(said('Read why a postback was not counted')).toMatch(
        /"unmapped_status"[\s\S]*unresolved_macro[\s\S]*OK\nOK\n[\s\S]*"click_not_found"[\s\S]*"notFound": 1[\s\S]*\n0$/,
      );
      expect(said('Map a word')).toMatch(/"qualified",\s+1,\s+"12.5"[\s\S]*\ndone\napproved/);
      expect(said('Correct a conversion by hand')).toContain('"raised on the phone"');
      expect(said('How a file is read')).toMatch(/encoding=windows-1251[\s\S]*"Klick-ID": "cid"[\s\S]*"currency": "EUR"/);
      expect(said("Reconcile with a network's statement")).toMatch(/"matched": 1[\s\S]*"missingCount": 1[\s\S]*missing,3,unknown-1,/);
      expect(said('Migrate from Keitaro, Voluum or Binom')).toMatch(/^0\n1\n1\n1\n1\n1\n1\n1\n/);
      for (const [cid, payout] of [
        ['kt-1', '25'],
        ['vl-1', '30'],
        ['bn-1', '35'],
      ])
        expect(said('Migrate from Keitaro, Voluum or Binom')).toMatch(new RegExp(`"${cid}",\\s+"approved",\\s+"${payout}"`));
      expect(said('Keys for people and programs')).toMatch(/^viewer\n/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await tracker.stop();
    }
  }, 120_000);
});
