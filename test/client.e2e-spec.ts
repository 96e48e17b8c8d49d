import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

const run = async (file: string, args: string[]): Promise<string> => (await promisify(execFile)(file, args)).stdout;
const ROOT = join(import.meta.dirname, '..');

/** What any user of openapi-typescript gets of the committed openapi.json. */
describe('a client generated from openapi.json', () => {
  let tracker: Tracker;
  let folder: string;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    folder = mkdtempSync(join(tmpdir(), 'cidra-client-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await tracker.stop();
  });

  it('compiles without a complaint and runs the tour', async () => {
    cpSync(join(ROOT, 'test', 'client', 'tour.ts'), join(folder, 'tour.ts'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    await run(process.execPath, [
      join(ROOT, 'node_modules', 'openapi-typescript', 'bin', 'cli.js'),
      join(ROOT, 'openapi.json'),
      '-o',
      join(folder, 'schema.d.ts'),
    ]);
    const program = ts.createProgram([join(folder, 'tour.ts')], {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
      skipLibCheck: true,
    });
    const complaints = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(complaints).toEqual([]);
    program.emit();
    // In a process of its own, as a user's program is one.
    const code = `import { tour } from ${JSON.stringify(pathToFileURL(join(folder, 'tour.js')).href)}; console.log(JSON.stringify(await tour(${JSON.stringify(tracker.running.url)}, ${JSON.stringify(ADMIN_KEY)})));`;
    const result = JSON.parse(await run(process.execPath, ['--input-type=module', '-e', code]));
    expect(result).toMatchObject({ status: 'approved', payout: '12.5', revenue: '12.5' });
    expect(result.explanation).toMatch(/\w+ .*\.$/);
  });
});
