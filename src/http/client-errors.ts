import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Counter, register } from 'prom-client';
import { MendedSocket } from './mended-socket.js';
import { mendedLine, requestStart } from './request-line.js';

/** What Node's parser says when it cannot read a request. */
interface ParseError extends Error {
  code?: string;
  rawPacket?: Buffer;
  bytesParsed?: number;
}
/** Under this name Node keeps on a socket the answer that is under way. */
const ANSWER = '_httpMessage';
/** What Node keeps on a socket. */
interface Served {
  [ANSWER]?: ServerResponse | null;
  parser?:
    | (Record<number, unknown> & {
        /** The request that has come last, as far as its headers. */
        incoming?: IncomingMessage | null;
        getCurrentBuffer?: () => Buffer;
        constructor: { kOnExecute?: number };
      })
    | null;
}

const REQUEST_LINE = new Set(['HPE_INVALID_URL', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_VERSION']);
/** The names under which unreadable requests are counted. */
const NAMES: Readonly<Record<string, string>> = {
  HPE_INVALID_URL: 'bad_request_line',
  HPE_INVALID_CONSTANT: 'bad_request_line',
  HPE_INVALID_VERSION: 'bad_request_line',
  HPE_INVALID_METHOD: 'bad_method',
  HPE_INVALID_HEADER_TOKEN: 'bad_header',
  HPE_INVALID_CONTENT_LENGTH: 'bad_header',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'bad_header',
  HPE_INVALID_TRANSFER_ENCODING: 'bad_header',
  HPE_INVALID_CHUNK_SIZE: 'bad_body',
  HPE_HEADER_OVERFLOW: 'too_large',
  HPE_INVALID_EOF_STATE: 'cut_off',
  ERR_HTTP_REQUEST_TIMEOUT: 'too_slow',
};
const ANSWERS: Readonly<Record<string, string>> = {
  bad_method: '405 Method Not Allowed',
  too_slow: '408 Request Timeout',
  too_large: '431 Request Header Fields Too Large',
  url_too_large: '414 URI Too Long',
};
const TLS_HANDSHAKE = 0x16;
const MAX_KEPT_BYTES = 64 * 1024;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
/** With a line beyond it, it was not the headers that were too large. */
const LONGEST_LINE_BYTES = 16 * 1024;

const mended = counter(
  'cidra_mended_requests_total',
  'Requests whose line held bytes that HTTP does not allow, taken as if they had come percent-encoded',
  [],
);
const unreadable = counter('cidra_unreadable_requests_total', 'Requests that could not be read at all, by what was wrong', ['reason']);

/** Parts of requests whose line has not come whole yet, by connection. */
const parts = new WeakMap<object, Buffer[]>();
/** Connections that a MendedSocket has taken over. */
const handedOver = new WeakSet<object>();
/** Connections on which nothing more is read. */
const refused = new WeakSet<object>();

/**
 * Keeps what has come of a request whose line has not come whole, which the parser swallows: its first packets, or the end of
 * a packet behind other requests. It costs a look a packet, and nothing is kept of requests that come whole, nor of bodies.
 * Node does not document what is used here: without it, only requests that come in one packet are mended.
 */
export function keepParts(socket: Duplex): void {
  const served = socket as unknown as Served;
  const { parser } = served;
  if (!parser) return;
  let latest = parser.incoming ?? null;
  let kept = 0;
  const look = (packetOf: () => Buffer): void => {
    if (served.parser !== parser || handedOver.has(socket) || refused.has(socket)) return;
    const incoming = parser.incoming ?? null;
    // Node forgets a request once it is answered.
    const isNew = incoming !== null && incoming !== latest;
    const isInBody = incoming?.complete === false;
    if (isNew) latest = incoming;
    if (kept > 0 && (isNew || isInBody)) {
      parts.delete(socket);
      kept = 0;
    }
    if (isInBody || kept > MAX_KEPT_BYTES) return;
    const packet = packetOf();
    if (isNew && packet.subarray(-END_OF_HEADERS.length).equals(END_OF_HEADERS)) return;
    kept += packet.length;
    parts.set(socket, [...(parts.get(socket) ?? []), packet]);
  };
  // What a mended connection hands to its parser, it hands to others as well, after it.
  if (socket instanceof MendedSocket) return void socket.on('data', (packet: Buffer) => look(() => packet));
  const event = parser.constructor.kOnExecute;
  if (event === undefined || typeof parser[event] !== 'function' || typeof parser.getCurrentBuffer !== 'function') return;
  const execute = parser[event] as (result: unknown) => void;
  parser[event] = (result: unknown): void => {
    execute(result);
    if (typeof result === 'number') look(() => parser.getCurrentBuffer?.() ?? Buffer.alloc(0));
  };
}

/** Node's event `clientError`: mends the request where that can be done, else answers in one line and counts it by name. */
export function onClientError(server: Server, error: ParseError, socket: Duplex): void {
  if (handedOver.has(socket) || refused.has(socket) || error.code === 'ECONNRESET' || socket.destroyed) return;
  const begun = parts.get(socket) ?? [];
  const packet = Buffer.concat([...begun, error.rawPacket ?? Buffer.alloc(0)]);
  if (REQUEST_LINE.has(error.code ?? '') && error.rawPacket !== undefined) {
    const start = requestStart(packet, packet.length - error.rawPacket.length + (error.bytesParsed ?? 0));
    if (start !== null && mayBeMended(packet.subarray(start))) {
      mended.inc();
      parts.delete(socket);
      handedOver.add(socket);
      handOver(server, socket, packet.subarray(start));
      return;
    }
  }
  refuse(error, packet, socket);
}

/** A line that has not come whole may be mended by what is still to come. */
function mayBeMended(request: Buffer): boolean {
  const end = request.indexOf('\n');
  return end === -1 || mendedLine(request.subarray(0, end + 1)) !== null;
}

function handOver(server: Server, socket: Duplex, request: Buffer): void {
  const next =
    socket instanceof MendedSocket
      ? new MendedSocket(socket.real, Buffer.concat([request, socket.rest()]))
      : new MendedSocket(socket as Socket, request);
  // Answers go out in the order of their requests: those before it come first.
  const serve = (): void => {
    const answer = (socket as unknown as Served)[ANSWER];
    if (answer) answer.once('close', () => setImmediate(serve));
    else if (!next.destroyed) server.emit('connection', next);
  };
  serve();
}

function refuse({ code = '' }: ParseError, packet: Buffer, socket: Duplex): void {
  const reason = packet[0] === TLS_HANDSHAKE ? 'tls' : (NAMES[code] ?? 'other');
  unreadable.inc({ reason });
  refused.add(socket);
  answerRefused(reason, packet, socket);
}

/** After the answers to the requests before it, which have come whole: their senders are not to send them again. */
function answerRefused(reason: string, packet: Buffer, socket: Duplex): void {
  const answer = (socket as unknown as Served)[ANSWER];
  if (answer && answer.req.complete) return void answer.once('close', () => setImmediate(answerRefused, reason, packet, socket));
  // Of a body that breaks off, nobody knows what its request makes of it.
  if (!socket.writable || answer) return void socket.destroy();
  const lineEnd = packet.indexOf('\n');
  const key = reason === 'too_large' && (lineEnd === -1 || lineEnd > LONGEST_LINE_BYTES) ? 'url_too_large' : reason;
  const allow = key === 'bad_method' ? 'Allow: GET, POST, HEAD\r\n' : '';
  socket.end(
    `HTTP/1.1 ${ANSWERS[key] ?? '400 Bad Request'}\r\n${allow}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${key.length}\r\nConnection: close\r\n\r\n${key}`,
  );
}

// Tests boot several applications in one process; the registry is the process's.
function counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
  return (register.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames });
}
