import { isUtf8 } from 'node:buffer';
import { All, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiParam, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import busboy from 'busboy';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { Access } from '../access/access.js';
import { clientIp, parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';
import { decodeBody } from './decode-body.js';
import { MAX_BODY_BYTES, PostbacksService, type Answer } from './postbacks.service.js';

/** The smallest transparent GIF. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const PATHS = ['postback', 'postback.gif', 'postback/:token'];
const ENDPOINT = /^\/postback(?:\.gif|\/[^/?#]+)?(?:[?#]|$)/;
const RETRY_AFTER_SECONDS = '5';
const GIF = /\.gif$/i;
const MAX_FIELDS = 100;
const MULTIPART = 'multipart/form-data';

/** The public postback endpoints, which networks call. Only this file sees the HTTP request. */
@ApiTags('Postbacks (public)')
@Access('public')
@Controller()
export class PostbacksController {
  private readonly trusted: IpRanges;

  constructor(
    private readonly postbacks: PostbacksService,
    @Inject(CONFIG) config: Config,
  ) {
    this.trusted = parseIpRanges(config.trustProxy).ranges;
  }

  @Get(PATHS)
  @ApiOperation({
    summary: 'Receive a postback',
    description:
      'Parameters by canonical name or alias; see docs/postbacks.md. A 200 means: on durable storage, will be counted exactly once.',
  })
  @ApiParam({ name: 'token', description: 'Names and authenticates the offer source; `.gif` at the end answers with a pixel.' })
  @ApiQuery({ name: 'cid', description: 'The click id', required: true, example: '01jd3q4k8m2v6x0r7t5w9y1z3b' })
  @ApiQuery({ name: 'payout', required: false, example: '12.50' })
  @ApiQuery({ name: 'status', required: false, example: 'approved' })
  @ApiQuery({ name: 'txid', required: false, example: 'T-1001' })
  @ApiQuery({ name: 'currency', required: false, example: 'EUR' })
  @ApiProduces('text/plain', 'application/json', 'image/gif')
  @ApiResponse({
    status: 200,
    description: 'Stored. Body OK, or `return=…`, or the source’s successBody; with Accept: application/json `{ id, result, reason }`.',
  })
  @ApiResponse({ status: 400, description: 'missing_cid, unresolved_macro or bad_cid' })
  @ApiResponse({ status: 403, description: 'Unknown token, address not allowed, or the global URL is switched off' })
  @ApiResponse({ status: 414, description: 'URL over 8 KiB' })
  @ApiResponse({ status: 503, description: 'Could not be stored: send it again after Retry-After seconds' })
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> | void {
    if (request.method === 'HEAD') return void reply.status(200).send();
    return this.receive(request, reply);
  }

  @Post(PATHS)
  @ApiOperation({
    summary: 'Receive a postback by POST',
    description: 'Form, flat JSON or multipart fields, plain or compressed by gzip, deflate or br; the query wins over the body.',
  })
  @ApiParam({ name: 'token' })
  @ApiResponse({ status: 200, description: 'Stored' })
  @ApiResponse({ status: 400, description: 'missing_cid, unresolved_macro or bad_cid' })
  @ApiResponse({ status: 403, description: 'Unknown token, address not allowed, or the global URL is switched off' })
  @ApiResponse({ status: 413, description: 'Body over 64 KiB' })
  @ApiResponse({ status: 414, description: 'URL over 8 KiB' })
  @ApiResponse({ status: 503, description: 'Could not be stored: send it again after Retry-After seconds' })
  post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.receive(request, reply);
  }

  /** Another method, or an address that only begins like a postback's. */
  @All('postback*')
  @ApiExcludeEndpoint()
  other(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { method, originalUrl: url } = request;
    if (ENDPOINT.test(request.url)) {
      return void reply.status(405).header('Allow', 'GET, POST, HEAD').type('text/plain').send('method not allowed: use GET or POST');
    }
    const ip = clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.trusted);
    send(reply, this.postbacks.refusePath({ method, url, ip }), false, wantsJson(request));
  }

  private async receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const arrived = performance.now();
    const path = request.routeOptions.url;
    let token = (request.params as { token?: string }).token ?? null;
    let pixel = path === '/postback.gif';
    if (token !== null && GIF.test(token)) {
      token = token.slice(0, -4);
      pixel = true;
    }
    const { contentType, body, oversized } = await readBody(request);
    const answer = await this.postbacks.receive({
      method: request.method,
      url: request.raw.url ?? '',
      contentType,
      body,
      oversized,
      ip: clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.trusted),
      isPixel: pixel,
      token,
      arrived,
    });
    send(reply, answer, pixel, wantsJson(request));
  }
}

const wantsJson = (request: FastifyRequest): boolean => /\bapplication\/json\b/i.test(request.headers.accept ?? '');

function send(reply: FastifyReply, answer: Answer, pixel: boolean, json: boolean): void {
  void reply.header('Cache-Control', 'no-store');
  if (answer.status === 503) void reply.header('Retry-After', RETRY_AFTER_SECONDS);
  const word =
    answer.status === 200 ? 'accepted' : answer.status === 503 ? 'not_stored' : answer.status === 403 ? 'forbidden' : answer.reason;
  if (pixel) {
    void reply
      .status(answer.status === 503 ? 503 : 200)
      .header('X-Postback-Result', word)
      .type('image/gif')
      .send(PIXEL);
    return;
  }
  void reply.status(answer.status);
  if (json) {
    const result = answer.status === 200 ? 'accepted' : answer.status === 503 ? 'not_stored' : 'rejected';
    void reply
      .type('application/json')
      .send(JSON.stringify({ id: answer.status === 503 ? null : answer.id, result, reason: answer.status === 200 ? null : word }));
    return;
  }
  void reply.type('text/plain; charset=utf-8').send(answer.status === 200 ? answer.body : word);
}

interface Body {
  contentType: string | null;
  body: Buffer | null;
  /** It is too large once it is decoded. */
  oversized?: boolean;
}

/**
 * The media type and bytes, decoded; multipart fields become an urlencoded body, so that parsing needs to know two shapes
 * only. What could not be decoded says so in its type (see RawPostback).
 */
async function readBody(request: FastifyRequest): Promise<Body> {
  const sent = await bytesOf(request);
  if (sent.length === 0) return { contentType: null, body: null };
  const header = request.headers['content-type'] ?? '';
  const contentType = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  const encoding = request.headers['content-encoding'];
  const decoded = encoding === undefined ? sent : decodeBody(sent, encoding, MAX_BODY_BYTES);
  if (decoded === null) return { contentType: `${contentType}; content-encoding=${String(encoding).slice(0, 40)}`, body: sent };
  if (decoded === 'too_large') return { contentType, body: sent, oversized: true };
  if (contentType !== 'multipart/form-data' || /^\s*\{/.test(decoded.toString('latin1', 0, 64))) return { contentType, body: decoded };
  return readMultipart(decoded, header);
}

const NOTHING = Buffer.alloc(0);
/** The body as it came, cut after what is too much. That of a GET is left unread by the framework, and some senders put the status there. */
async function bytesOf({ body, headers, raw }: FastifyRequest): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)) return NOTHING;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** A part that says how it is encoded is read so. */
const NAMES_CHARSET = /^content-type:[^\r\n]*charset/im;

/**
 * Fields as an urlencoded body; the type stays multipart where something was lost: a file, a field too many, the end. Bytes
 * that are no UTF-8 are handed on as they came, percent-encoded: only the parser knows how the source writes.
 */
async function readMultipart(body: Buffer, header: string): Promise<Body> {
  const fields: string[] = [];
  const asBytes = !isUtf8(body) && !NAMES_CHARSET.test(body.toString('latin1'));
  let lost = false;
  const lose = (): void => {
    lost = true;
  };
  await new Promise<void>((resolve) => {
    try {
      const parser = busboy({
        headers: { 'content-type': header },
        limits: { fields: MAX_FIELDS, files: 0 },
        ...(asBytes ? { defCharset: 'latin1' } : {}),
      });
      parser.on('field', (name, value) =>
        fields.push(`${encodeURIComponent(name)}=${asBytes ? percentBytes(value) : encodeURIComponent(value)}`),
      );
      parser.on('filesLimit', lose);
      parser.on('fieldsLimit', lose);
      parser.on('close', resolve);
      parser.on('error', () => {
        lost = true;
        resolve();
      });
      parser.end(body);
    } catch {
      // A boundary is missing.
      lost = true;
      resolve();
    }
  });
  if (fields.length === 0) return { contentType: MULTIPART, body };
  return { contentType: lost ? MULTIPART : 'application/x-www-form-urlencoded', body: Buffer.from(fields.join('&')) };
}

/** Of a text each of whose characters is a byte. */
const percentBytes = (text: string): string => text.replace(/[^\w.-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
