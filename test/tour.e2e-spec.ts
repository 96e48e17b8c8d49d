import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { freePort, temporaryFolder } from './support/services.js';
import { ADMIN_KEY, BACKENDS, Tracker } from './support/tracker.js';

const README = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

/** The README's tour, copied line by line into a shell. */
describe.each(BACKENDS)('the README’s tour, queues on %s', (backend) => {
  it('goes from a network’s template to the report', async () => {
    const port = await freePort();
    const tracker = await Tracker.start(backend, { PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, HOST: 'localhost' });
    const folder = temporaryFolder('tour');
    try {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'admin-key'), `${ADMIN_KEY}\n`);
      const tour = README.slice(README.indexOf('## Tour'), README.indexOf('## In production'));
      const lines = [...tour.matchAll(/```sh\n([\s\S]*?)```/g)]
        .map((m) => m[1])
        .join('\n')
        .replaceAll('localhost:3000', `localhost:${port}`);
      expect(lines).toContain('api/v1/reports');
      const { stdout } = await promisify(execFile)('bash', ['-euc', lines], { cwd: folder, timeout: 60_000 });

      expect(stdout).toMatch(new RegExp(`^http://localhost:${port}/postback/[\\w-]{22}\\?cid=\\{sub1\\}&`, 'm'));
      expect(stdout).toMatch(new RegExp(`^http://localhost:${port}/c/[\\w-]+$`, 'm'));
      expect(stdout).toMatch(/^https:\/\/shop\.example\/shoes\?sub1=[0-9a-z]{26}$/m);
      expect(stdout.match(/^OK$/gm)).toHaveLength(2);
      expect(stdout).toMatch(/"status": "approved"/);
      expect(stdout).toMatch(/"payoutBase": "12.5"/);
      expect(stdout).toMatch(/"updated"[\s\S]*"created"/);
      expect(stdout).toMatch(/"clicks": 1,[\s\S]*"conversions": 1,[\s\S]*"revenue": "12.5"/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await tracker.stop();
    }
  });
});
