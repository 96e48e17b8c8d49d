import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type pg from 'pg';
import { concatMap, type Observable } from 'rxjs';
import { ADMIN_POOL } from '../db/tokens.js';
import { isTrue } from '../http/fields.js';
import { AuditService } from './audit.service.js';

const MAX_BODY = 4_000;

/** Leaves a row for every change by the admin API. Dry runs and previews change nothing. Attached by @Access. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly audit: AuditService,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { caller, method } = request;
    if (caller === undefined || method === 'GET' || method === 'HEAD') return next.handle();
    if (isPreview(request)) return next.handle();
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        const { id } = request.params as { id?: string };
        const made = (answer as { id?: unknown } | null | undefined)?.id;
        await this.audit.record(this.pool, {
          actor: caller.name,
          action: `${method} ${(request.routeOptions.url ?? '').replace('/api/v1', '')}`,
          subject: id ?? (typeof made === 'string' ? made : null),
          details: {
            ...(caller.session?.person ? { personId: caller.id } : { keyId: caller.id }),
            status: context.switchToHttp().getResponse<FastifyReply>().statusCode,
            ...said(request),
          },
        });
        return answer;
      }),
    );
  }
}

function isPreview({ body, query, routeOptions }: FastifyRequest): boolean {
  if ((body as { dryRun?: unknown } | null | undefined)?.dryRun === true) return true;
  return (routeOptions.url ?? '').endsWith('/import') && !isTrue((query as { commit?: string }).commit, false);
}

/** The audit log must not keep what an erasure removes, and holds no secrets. */
const NOT_KEPT = new Set(['ip', 'externalId', 'password', 'currentPassword']);

/** The body as sent, of an upload the query. */
function said({ body, query }: FastifyRequest): { body?: unknown; query?: unknown } {
  if (body instanceof Readable) return { query };
  if (typeof body !== 'object' || body === null) return {};
  const kept = Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, NOT_KEPT.has(name) ? '(not kept)' : (value as unknown)]),
  );
  return { body: JSON.stringify(kept).length <= MAX_BODY ? kept : '(too long to keep)' };
}
