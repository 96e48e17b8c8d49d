import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { mountPage } from '../src/ops/page.js';

const SCRIPT = 'console.log("the page")';
let folder: string;
let server: FastifyInstance;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(
    join(folder, 'index.html'),
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__" src="/app/assets/a-1.js"></script>',
  );
  writeFileSync(join(folder, 'icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'assets', 'a-1.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'a-1.js.gz'), gzipSync(SCRIPT));
  server = fastify();
  await mountPage(server, pathToFileURL(`${folder}/`));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

it('is at every address below /app, never cached, with a nonce of its own each time', async () => {
  const nonces = new Set<string>();
  for (const url of ['/app', '/app/', '/app/offers/1', '/app/offers/..%2f..%2fpackage.json', '/app/index.html', '/app/invite/a.b.c']) {
    const { statusCode, headers, body } = await server.inject({ url });
    const policy = String(headers['content-security-policy']);
    const nonce = /script-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect([url, statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      url,
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(body.split(nonce)).toHaveLength(3);
    expect(body).not.toContain('__CSP_NONCE__');
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(6);
  expect(await server.inject('/')).toMatchObject({ statusCode: 302, headers: { location: '/app' } });
});

it('has assets for ever, compressed where they were, and 404 for those that are not there', async () => {
  const plain = await server.inject('/app/assets/a-1.js');
  expect([plain.body, plain.headers['cache-control']]).toEqual([SCRIPT, 'public, max-age=31536000, immutable']);
  const packed = await server.inject({ url: '/app/assets/a-1.js', headers: { 'accept-encoding': 'gzip' } });
  expect([packed.headers['content-encoding'], packed.headers['content-type']]).toEqual(['gzip', plain.headers['content-type']]);
  for (const url of ['/app/assets/none.js', '/app/assets/', '/app/assets/../index.html', '/app/assets/..%2findex.html'])
    expect([url, (await server.inject(url)).body.includes('<script')]).toEqual([url, url.includes('../')]);
  expect((await server.inject('/app/assets/none.js')).statusCode).toBe(404);
  expect((await server.inject('/app/icon.svg')).headers['cache-control']).toBe('public, max-age=0');
});
