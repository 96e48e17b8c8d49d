import { createHash } from 'node:crypto';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Problem } from './problem.js';

/** The ETag of a row that counts its changes, or notes the time of the last one. */
const etagOf = (version: number | string): string => `"${version}"`;

/** The version of what counts no changes: it is what can be changed. */
export const versionOf = (...changeable: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(changeable)).digest('base64url').slice(0, 22);

/** Documents the header of a change. */
export const ApiIfMatch = (): MethodDecorator =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version the change was made on; another one in the meantime answers 412',
    example: '"1"',
  }) as MethodDecorator;

/** Sets the ETag of an answer and returns the answer. */
export function tagged<T extends { version: number } | { updatedAt: string }>(reply: FastifyReply, answer: T): T {
  return taggedAs(reply, answer, 'version' in answer ? answer.version : answer.updatedAt);
}

export function taggedAs<T>(reply: FastifyReply, answer: T, version: number | string): T {
  void reply.header('ETag', etagOf(version));
  return answer;
}

/**
 * Lets a change through only when the caller saw the newest version. Without the header it always passes.
 * @throws Problem 412
 */
export function checkIfMatch(header: string | undefined, version: number | string): void {
  if (header === undefined) return;
  // Proxies that compress answers weaken their tags; the version behind is the same.
  const seen = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (seen.includes('*') || seen.includes(etagOf(version))) return;
  throw new Problem(412, 'precondition_failed', 'It was changed meanwhile. Get it again and repeat the change.');
}
