import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import fastifyStatic from '@fastify/static';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import type { Permission } from '../access/access.js';
import type { AuthorityService } from '../access/authority.service.js';
import { problemBody } from '../http/problem.js';
import { toProblem } from '../http/problem.filter.js';

/** At the root of the project, which is one folder further up for the compiled file. */
const OPENAPI_FILE = ['../../openapi.json', '../../../openapi.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));
/** Nothing from elsewhere, not even the fonts that Bull Board's page asks for; its styles are inline. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};
/** Swagger UI's own start file, pointed at our document. */
const INITIALIZER = `window.onload = () => { window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: true, presets: [SwaggerUIBundle.presets.apis], layout: 'BaseLayout' }); };`;

/** Pages outside Nest's router, hence outside its guard: each scope asks for a key or a session before anything of it is served. */
export async function mountClosedPages(fastify: FastifyInstance, queues: Queue[], authority: AuthorityService): Promise<void> {
  const closed = (scope: FastifyInstance, permission: Permission): void => {
    scope.addHook('onRequest', async (request, reply) => {
      void reply.headers(HEADERS);
      try {
        await authority.authorise(request, reply, permission, false);
      } catch (error) {
        // Answered here, since the pages bring error handlers of their own.
        const problem = toProblem(error);
        return reply
          .status(problem.status)
          .type('application/problem+json')
          .send(JSON.stringify(problemBody(problem, request.id)));
      }
    });
  };

  await fastify.register(async (scope) => {
    closed(scope, 'ops');
    const board = new FastifyAdapter();
    board.setBasePath('/ops/queues');
    createBullBoard({
      queues: queues.map((queue) => new BullMQAdapter(queue)),
      serverAdapter: board,
      options: { uiConfig: { boardTitle: 'Cidra queues' } },
    });
    await scope.register(board.registerPlugin(), { prefix: '/ops/queues' });
  });

  await fastify.register(async (scope) => {
    closed(scope, 'read');
    const file = OPENAPI_FILE;
    if (file === undefined) throw new Error('openapi.json is missing: run npm run openapi.');
    let read: { openapi: Buffer; packed: Buffer; etag: string } | undefined;
    scope.get('/openapi.json', (request, reply) => {
      // Most processes are never asked for half a megabyte of it.
      read ??= readDocument(file);
      const { openapi, packed, etag } = read;
      void reply.headers({ ETag: etag, Vary: 'Accept-Encoding' });
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      void reply.type('application/json');
      return /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
        ? reply.header('Content-Encoding', 'gzip').send(packed)
        : reply.send(openapi);
    });
    scope.get('/docs', (_request, reply) => reply.redirect('/docs/'));
    scope.get('/docs/swagger-initializer.js', (_request, reply) => reply.type('text/javascript').send(INITIALIZER));
    await scope.register(fastifyStatic, {
      root: dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')),
      prefix: '/docs/',
      index: 'index.html',
    });
  });
}

function readDocument(file: URL): { openapi: Buffer; packed: Buffer; etag: string } {
  const openapi = readFileSync(file);
  return { openapi, packed: gzipSync(openapi), etag: `"${createHash('sha1').update(openapi).digest('base64url')}"` };
}
