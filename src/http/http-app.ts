import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ProblemFilter } from './problem.filter.js';
import { validation } from './validation.js';

/** Postbacks are refused above this by their own rule; nothing else needs more than the larger limit. */
export const POSTBACK_BODY_LIMIT = 64 * 1024;
const BODY_LIMIT = 1024 * 1024;
/** Long enough that an over-long postback URL reaches our code and is answered 414 with a log row. */
export const MAX_HEADER_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;

export function fastifyAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 1024 },
    genReqId: () => randomUUID(),
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 65_000,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    return503OnClosing: false,
  });
}

const isPublicIngest = (url: string): boolean => url.startsWith('/postback');

/** Bodies: raw for postbacks, whose parser is ours; JSON for the admin API. */
export function setUpHttp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (isPublicIngest(request.url)) return done(null, body);
    if (body.length === 0) return done(null, undefined);
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/(merge-patch\+)?json\b/i.test(type)) {
      return done(Object.assign(new Error('Send the body as application/json.'), { statusCode: 415 }));
    }
    try {
      done(null, JSON.parse(body.toString('utf8')));
    } catch {
      done(Object.assign(new Error('The body is not valid JSON.'), { statusCode: 400 }));
    }
  });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(validation());
}
