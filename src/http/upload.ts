import { PassThrough, Readable } from 'node:stream';
import busboy from 'busboy';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** How a file is sent. */
const NO_UPLOAD = new Problem(
  415,
  'unsupported_media_type',
  'Send the file as text/csv (curl --data-binary @file -H "Content-Type: text/csv"), or as a file of multipart/form-data.',
);

/**
 * The file of an upload, read as it comes: a raw body, or the first file of a multipart form.
 * @throws Problem 415 when there is none
 */
export function uploadOf(request: FastifyRequest): Readable {
  const { body } = request;
  if (!(body instanceof Readable)) throw NO_UPLOAD;
  if (!/^multipart\//i.test(request.headers['content-type'] ?? '')) return body;
  const form = new PassThrough();
  let parser: busboy.Busboy;
  try {
    parser = busboy({ headers: { 'content-type': request.headers['content-type'] ?? '' }, limits: { files: 1 } });
  } catch {
    throw new Problem(400, 'invalid', 'The multipart form has no boundary.');
  }
  const fail = (error: Error): void =>
    void form.destroy(
      error instanceof Problem ? error : new Problem(400, 'invalid', `The multipart form cannot be read: ${error.message}.`),
    );
  // A request that is refused for what it asks leaves its form unread, and an error event without a listener would end the process.
  form.on('error', () => undefined);
  let found = false;
  parser.on('file', (_name, file) => {
    found = true;
    file.on('error', fail).pipe(form);
  });
  parser.on('error', (error) => fail(error as Error));
  parser.on('close', () => found || fail(new Problem(400, 'invalid', 'The multipart form has no file.')));
  body.on('error', fail).pipe(parser);
  return form;
}

/** The wished columns as JSON text: their header → our field, null for one that is not to be read. @throws Problem 400 */
export function columnsOf(text: string | undefined, fields: ReadonlySet<string>): Record<string, string | null> {
  if (text === undefined) return {};
  let columns: unknown;
  try {
    columns = JSON.parse(text);
  } catch {
    throw Problem.invalid([{ pointer: '/columns', message: 'columns must be JSON such as {"Their Header": "cid"}' }]);
  }
  const entries = typeof columns === 'object' && columns !== null ? Object.entries(columns) : [];
  const wrong = entries.filter(([, field]) => field !== null && !fields.has(field as string));
  if (entries.length === 0 || wrong.length > 0)
    throw Problem.invalid([{ pointer: '/columns', message: `columns must map headers to null or some of ${[...fields].join(', ')}` }]);
  return Object.fromEntries(entries) as Record<string, string | null>;
}
