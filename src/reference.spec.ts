import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REFUSALS, RESULTS, WARNINGS } from './conversions/results.js';
import { transition } from './conversions/transition.js';
import { BUCKETS, DUPLICATE_MODES, PARAMETERS, type Bucket } from './offer-sources/vocabulary.js';
import { MACROS } from './offers/landing-url.js';
import { resolveStatus } from './statuses/resolve-status.js';

/** docs/reference.md against the tables that run. */
const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'reference.md'), 'utf8');

const section = (title: string): string => {
  const found = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`docs/reference.md has no section ${title}`);
  return found;
};
/** The cells of a section's table, without its head. */
const table = (title: string): string[][] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
const codes = (cell: string | undefined): string[] => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
/** `param1` … `param20` in full. */
const written = (cell: string | undefined): string[] => {
  const names = codes(cell);
  if (!cell?.includes('…')) return names;
  const [first = '', last = ''] = names;
  const stem = first.replace(/\d+$/, '');
  return Array.from({ length: Number(last.slice(stem.length)) }, (_, i) => `${stem}${i + 1}`);
};

describe('docs/reference.md', () => {
  it('has the parameters with their aliases in their order', () => {
    const said = Object.fromEntries(
      table('Parameters').flatMap(([name, aliases]) => {
        const numbered = written(aliases);
        return written(name).map((n, i, all) => [n, all.length > 1 ? numbered.slice(i, i + 1) : numbered]);
      }),
    );
    expect(said).toEqual(PARAMETERS);
  });

  it.each([
    ['Results', RESULTS],
    ['Refusals', REFUSALS],
    ['Warnings', WARNINGS],
    ['Which conversion', DUPLICATE_MODES],
    ['Statuses', [...BUCKETS, 'ignored']],
  ])('has all of %s', (title, names) => {
    expect(table(title).flatMap(([name]) => codes(name))).toEqual([...names]);
  });

  it('has the built-in status words', () => {
    for (const [meaning, words] of table('Status words')) {
      for (const word of words?.split(' ') ?? []) expect([word, resolveStatus(word, []).meaning]).toEqual([word, codes(meaning)[0]]);
    }
  });

  it('has the transitions', () => {
    const columns: Bucket[] = ['pending', 'approved', 'rejected', 'trash', 'reversed'];
    for (const [from = '', ...cells] of table('Transitions')) {
      const stands = from === 'none' ? null : (from as Bucket);
      if (stands !== null) expect(BUCKETS).toContain(stands);
      const cell = (to: Bucket): string => {
        const [usual, newer] = [transition('guarded', stands, to, false), transition('guarded', stands, to, true)];
        if (usual.result === 'created') return 'made';
        if (usual.apply) return 'updated';
        return newer.apply ? 'if newer' : 'stale';
      };
      expect([from, ...columns.map(cell)]).toEqual([from, ...cells]);
    }
  });

  it('has the macros', () => {
    const said = section('Macros')
      .replace('`{sub1}` … `{sub20}`', Array.from({ length: 20 }, (_, i) => `\`{sub${i + 1}}\``).join(' '))
      .matchAll(/`\{(\w+)\}`/g);
    expect([...said].map(([, name]) => name)).toEqual(MACROS.map((macro) => macro.name));
  });
});

describe('comments', () => {
  const root = join(import.meta.dirname, '..');
  /** The anchors of a page's headings, as they are made where Markdown is shown. */
  const anchorsOf = (name: string): string[] =>
    readFileSync(join(root, name), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );

  it('point to headings that the pages have', () => {
    const files = ['src', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(folder, file)),
    );
    const pointers = files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/(docs\/[\w-]+\.md)#([\w-]+)/g)].map(([, name = '', anchor = '']) => ({
        file,
        name,
        anchor,
      })),
    );
    expect(pointers.length).toBeGreaterThan(10);
    expect(pointers.filter(({ name, anchor }) => !anchorsOf(name).includes(anchor))).toEqual([]);
  });
});
