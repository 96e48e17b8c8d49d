import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Built beside the program: at the root of the project, which is one folder further up for the compiled file. */
const ROOT = ['../../web/dist/', '../../../web/dist/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(new URL('index.html', url)));
const NONCE = '__CSP_NONCE__';
/** Everything from our own origin; styles and scripts that the page itself adds carry the nonce of its answer. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The web page at /app, when it was built. It asks the API for everything, so that its files are for everybody. */
export async function mountPage(fastify: FastifyInstance, root: URL | undefined = ROOT): Promise<void> {
  if (root === undefined) {
    fastify.get('/', (_request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .send(
          'This is Cidra, a tracker of clicks and postbacks. Its web page was not built (npm run build). The API is described at /docs.\n',
        ),
    );
    return;
  }
  const page = readFileSync(new URL('index.html', root), 'utf8');
  const files = new Set(readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : [])));
  files.delete('index.html');

  const show = (reply: FastifyReply): FastifyReply => {
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({ 'Content-Security-Policy': policy(nonce), 'Cache-Control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(page.replaceAll(NONCE, nonce));
  };

  await fastify.register(async (scope) => {
    // A name with a hash never changes what it names.
    await scope.register(fastifyStatic, {
      root: fileURLToPath(new URL('assets/', root)),
      prefix: '/app/assets/',
      index: false,
      immutable: true,
      maxAge: '365d',
      preCompressed: true,
    });
    scope.get('/', (_request, reply) => reply.redirect('/app', 302));
    scope.get('/app', (_request, reply) => show(reply));
    scope.get('/app/*', (request: FastifyRequest, reply: FastifyReply) => {
      const name = (request.params as { '*': string })['*'];
      // Every other address is one of the page's own.
      return files.has(name) ? reply.sendFile(name, fileURLToPath(root), { immutable: false, maxAge: 0 }) : show(reply);
    });
  });
}
