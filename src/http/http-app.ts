import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { keepParts, onClientError } from './client-errors.js';
import { isPublicIngest, NOTHING_HERE, publicUrl } from './public-path.js';
import { ForwardedService } from './forwarded.service.js';
import { pointerTo } from '../lib/json-pointer.js';
import { type FieldError, Problem, problemBody } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { idsInAnyCase, validation } from './validation.js';

/** Postbacks are refused above this by their own rule; nothing else needs more than the larger limit. */
export const POSTBACK_BODY_LIMIT = 64 * 1024;
const BODY_LIMIT = 1024 * 1024;
/** Long enough that an over-long postback URL reaches our code and is answered 414 with a log row. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** For a request with its body. A file that is imported is worked on as it comes and may take its time. */
const REQUEST_TIMEOUT_MS = 15_000;
const UPLOAD_TIMEOUT_MS = 3_600_000;

export function fastifyAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // A token is a name of any length, which nobody has: it is refused like any other.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    rewriteUrl: (request: IncomingMessage) => publicUrl(request.url ?? ''),
    clientErrorHandler(this: FastifyInstance, error: Error, socket: Duplex) {
      onClientError(this.server, error, socket);
    },
    genReqId: () => randomUUID(),
    logger: false,
    requestTimeout: UPLOAD_TIMEOUT_MS,
    keepAliveTimeout: 65_000,
    // Old scripts leave the host out; nothing of ours but ADMIN_HOST needs it.
    http: { maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false },
    return503OnClosing: false,
    // A path that is no text names nothing.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('X-Content-Type-Options', 'nosniff');
      if (isPublicIngest(request.url)) return void reply.status(403).type('text/plain; charset=utf-8').send('forbidden');
      void reply
        .status(404)
        .type('application/problem+json')
        .send(JSON.stringify(problemBody(new Problem(404, 'not_found', 'There is nothing at this address.'), request.id)));
    },
  });
}

/** Validation and what keeps the body work recursively; no DTO is deeper than a few levels. */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;
const MAX_DEPTH = 32;
function isDeep(json: string): boolean {
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** @throws an error with a status, or a Problem: for what is no object with fields of its own, which every route here wants */
function readJson(text: string): unknown {
  if (isDeep(text)) throw Object.assign(new Error('The body is nested too deeply.'), { statusCode: 400 });
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw Object.assign(new Error('The body is not valid JSON.'), { statusCode: 400 });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw Problem.invalid([{ pointer: '', message: 'the body must be a JSON object: {"name": …}' }]);
  const errors = unusableNames(body, '');
  if (errors.length > 0) throw Problem.invalid(errors);
  return body;
}

/** Names that whatever copies objects leaves out in silence, to be safe; here nothing is ignored in silence. */
function unusableNames(value: unknown, parent: string): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === '__proto__' || name === 'constructor' ? [{ pointer: pointerTo(parent, name), message: `there is no ${name} here` }] : []),
    ...unusableNames(inner, pointerTo(parent, name)),
  ]);
}

/** An address that names nothing, or not with this method, is told so whatever its body is. */
function isNowhere(request: FastifyRequest, payload: IncomingMessage): boolean {
  if (!request.is404) return false;
  payload.resume();
  return true;
}

/** With its port where the setting names one. */
const isHost = (host: string | undefined, wanted: string): boolean =>
  host !== undefined && (host.toLowerCase() === wanted || host.toLowerCase().replace(/:\d+$/, '') === wanted);

/** Routes that read a file as it comes. */
const isUpload = (url: string): boolean => /^\/api\/v1\/[a-z-]+\/(?:import|reconcile|inspect)(?:\?|$)/.test(url);

/** What people and programs of the owner use; the rest is for visitors, networks and balancers. */
const IS_ADMIN = /^\/+(?:$|[?#]|app|api|docs|openapi\.json|ops)/i;
const IS_API = /^\/+api\//i;
/** What every host has, whatever ADMIN_HOST says. */
const IS_OF_ALL = /^\/(?:postback|c\/|healthz|readyz|metrics)/;

/**
 * Bodies: raw for postbacks, whose parser is ours; JSON for the admin API.
 * @param adminHost the only host that has more than tracking links and postback URLs; null: every host has
 */
export function setUpHttp(app: NestFastifyApplication, adminHost: string | null): void {
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  const forwarded = app.get(ForwardedService);
  fastify.removeAllContentTypeParsers();
  fastify.server.on('connection', keepParts);
  // Whatever else a sender expects, a request that can be answered is answered.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (isPublicIngest(request.url)) return begin(payload);
    if (isNowhere(request, payload)) return undefined;
    const type = request.headers['content-type'] ?? '';
    if (isUpload(request.url)) {
      // What a file is, it says itself: browsers call CSV what the machine has to open it with. A form has lost its line ends.
      if (!/^application\/(?:json|x-www-form-urlencoded)\b/i.test(type)) return payload;
      // Whoever may not send one is told that first: uploadOf says how one is sent.
      payload.resume();
      return undefined;
    }
    const body = await collect(payload);
    if (body.length === 0) return undefined;
    if (!/^application\/(merge-patch\+)?json\b/i.test(type)) {
      throw Object.assign(new Error('Send the body as application/json.'), { statusCode: 415 });
    }
    return readJson(body.toString('utf8'));
  });
  fastify.addContentTypeParser(
    ['text/csv', 'text/plain', 'multipart/form-data'],
    async (request: FastifyRequest, payload: IncomingMessage) => {
      if (isUpload(request.url)) return payload;
      if (isNowhere(request, payload)) return undefined;
      if (!isPublicIngest(request.url)) throw Object.assign(new Error('Send the body as application/json.'), { statusCode: 415 });
      return begin(payload);
    },
  );
  // Node knows one time-out for all requests; those that are no upload get the short one here.
  fastify.addHook('onRequest', (request, reply, done) => {
    const { method, raw, url } = request;
    if (raw.headers['x-forwarded-for'] !== undefined) forwarded.see(raw.socket.remoteAddress);
    void reply.header('X-Content-Type-Options', 'nosniff');
    // Of an address without a route the path.
    const place = request.routeOptions.url ?? url;
    // One answer for all that another host has, so that a tracking domain does not even tell what is elsewhere.
    if (adminHost !== null && !IS_OF_ALL.test(place) && !isHost(raw.headers.host, adminHost))
      return void reply.status(404).type('text/html; charset=utf-8').send(NOTHING_HERE);
    if (IS_ADMIN.test(place)) {
      // Answers of the API are for programs, and kept by nobody; a page sets its own.
      void reply.headers({ 'Referrer-Policy': 'no-referrer', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" });
      if (IS_API.test(place)) void reply.header('Cache-Control', 'no-store');
    }
    // Whatever a network calls its body, it is read: as a form, if it is not JSON.
    if (isPublicIngest(url) && !MEDIA_TYPE.test(raw.headers['content-type'] ?? 'text/plain'))
      raw.headers['content-type'] = 'application/octet-stream';
    if (method !== 'GET' && method !== 'HEAD' && !isUpload(url)) {
      const timer = setTimeout(() => raw.destroy(), REQUEST_TIMEOUT_MS);
      raw.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    }
    done();
  });
  const routes = collectRoutes(fastify);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!isPublicIngest(request.url) && !request.url.startsWith('/c/')) {
      void reply.header('X-Request-Id', request.id);
      const path = request.url.split('?', 1)[0] ?? '';
      const made = reply.statusCode === 201 && typeof payload === 'string' ? /^\{"id":"([^"]+)"/.exec(payload)?.[1] : undefined;
      if (made !== undefined && !reply.hasHeader('Location') && routes(`${path}/${made}`).includes('GET'))
        void reply.header('Location', `${path}/${made}`);
    }
    done(null, payload);
  });
  app.useGlobalFilters(new ProblemFilter(routes));
  app.useGlobalPipes(idsInAnyCase, validation());
}

/** A postback's body, up to one byte more than it may have: that is how it is seen to be too large. */
function begin(payload: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    payload.on('data', (chunk: Buffer) => {
      if (size > POSTBACK_BODY_LIMIT) return;
      size += chunk.length;
      chunks.push(chunk);
      if (size > POSTBACK_BODY_LIMIT) resolve(Buffer.concat(chunks).subarray(0, POSTBACK_BODY_LIMIT + 1));
    });
    payload.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    payload.on('error', reject);
    payload.on('close', () => reject(Object.assign(new Error('The body broke off.'), { statusCode: 400 })));
  });
}

/** Methods by path, as routes are registered from now on. */
function collectRoutes(fastify: FastifyInstance): (path: string) => string[] {
  const routes: { path: RegExp; methods: string[] }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    // A wildcard is for other pages, or for nothing.
    if (url.includes('*')) return;
    const pattern = url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[A-Za-z]+/g, '[^/]+');
    routes.push({ path: new RegExp(`^${pattern}$`), methods: [method].flat() });
  });
  return (path) => [...new Set(routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods))];
}

async function collect(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw Object.assign(new Error('The body is too large.'), { statusCode: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
