import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReadRefused } from '../db/reads.service.js';
import { Problem, problemBody } from './problem.js';

/** Every error of every route leaves as application/problem+json; it never holds a stack trace, SQL or a secret. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  /** @param methodsAt what a path answers to, whatever this request's method is */
  constructor(private readonly methodsAt: (path: string) => readonly string[]) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.otherMethod(request, reply) ?? toProblem(error);
    if (problem.status >= 500)
      this.log.error({ err: error, requestId: request.id, method: request.method, route: request.routeOptions?.url }, 'request failed');
    if (problem.retryAfter !== null) void reply.header('Retry-After', String(problem.retryAfter));
    void reply
      .status(problem.status)
      .header('Content-Type', 'application/problem+json')
      .send(JSON.stringify(problemBody(problem, request.id)));
  }

  /** For a path that exists and does not take this method. */
  private otherMethod(request: FastifyRequest, reply: FastifyReply): Problem | null {
    if (request.routeOptions?.url !== undefined) return null;
    const methods = this.methodsAt(request.url.split('?', 1)[0] ?? '');
    if (methods.length === 0) return null;
    void reply.header('Allow', methods.join(', '));
    return new Problem(405, 'method_not_allowed', `${request.method} is not possible here: use ${methods.join(' or ')}.`);
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ReadRefused) return new Problem(error.code === 'invalid' ? 400 : 503, error.code, error.message);
  if (error instanceof HttpException) return new Problem(error.getStatus(), wordOf(error.getStatus()), error.message);
  // Fastify's own errors (body too large, malformed JSON) carry the status and a safe message.
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new Problem(statusCode, wordOf(statusCode), message ?? 'Bad request.');
  // PostgreSQL: unique violation, and the classes that mean it is away or busy.
  if (code === '23505') return new Problem(409, 'conflict', 'This already exists.');
  if (typeof code === 'string' && (/^(08|53|57|58|55)/.test(code) || code === 'ECONNREFUSED' || code === 'ECONNRESET')) {
    return new Problem(503, 'unavailable', 'The database cannot be reached or is busy. Try again in a moment.');
  }
  return new Problem(500, 'internal', 'Something went wrong on our side. The requestId finds it in the log.');
}

const WORDS: Record<number, string> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'too_large',
  414: 'too_large',
  415: 'unsupported_media_type',
  429: 'slowed',
  503: 'unavailable',
};
const wordOf = (status: number): string => WORDS[status] ?? 'error';
