import { createHmac, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type pg from 'pg';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { CONFIG, type Config } from '../config.js';
import { createSecretBox, NONCE_BYTES, type SecretBox } from '../lib/secret-box.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from './problem.js';

const KEY = /^[\x21-\x7e]{1,255}$/;
/** A request that has been in flight for so long belonged to a process that died. */
const IN_FLIGHT_SECONDS = 60;
const KEPT_HEADERS = ['etag', 'location'] as const;

/** What is kept of an answer, encrypted: it may hold a key that is shown once. */
interface Kept {
  headers: Record<string, string>;
  body: unknown;
}

/** `Idempotency-Key` on POST (docs/reference.md#limits): a request that comes again within 24 hours gets the same answer and does nothing. Errors are not kept. Attached by @Access. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly box: SecretBox;
  private readonly secret: string;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
  ) {
    this.secret = config.secretKey;
    this.box = createSecretBox(config.secretKey, 'cidra kept answers');
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    const { caller } = request;
    if (header === undefined || request.method !== 'POST' || caller === undefined || request.body instanceof Readable) return next.handle();
    if (typeof header !== 'string' || !KEY.test(header))
      throw Problem.invalid([
        { pointer: '/Idempotency-Key', message: 'Idempotency-Key must be 1 to 255 printable characters without spaces' },
      ]);
    const id = [caller.id, request.url, header];
    // Keyed, since a body may hold a password.
    const bodyHash = createHmac('sha256', this.secret)
      .update(JSON.stringify(request.body ?? null))
      .digest('base64');
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const kept = await this.claim(id, bodyHash);
    if (kept !== null) {
      for (const [name, value] of Object.entries(kept.headers)) void reply.header(name, value);
      void reply.status(kept.status).header('Idempotency-Replayed', 'true');
      return of(kept.body);
    }
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const headers = Object.fromEntries(
        KEPT_HEADERS.flatMap((name) => {
          const value = reply.getHeader(name);
          return typeof value === 'string' ? [[name, value]] : [];
        }),
      );
      const answer = this.box.seal(JSON.stringify({ headers, body: body ?? null } satisfies Kept), randomBytes(NONCE_BYTES));
      await this.pool.query('UPDATE idempotency_keys SET status = $4, answer = $5 WHERE caller = $1 AND route = $2 AND key = $3', [
        ...id,
        reply.statusCode,
        answer,
      ]);
      return of(body);
    } catch (error) {
      await this.pool.query('DELETE FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3', id).catch(() => undefined);
      throw error;
    }
  }

  /** The answer given before, or null when this request is the one to do it. @throws Problem 409 in flight, 422 another body */
  private async claim(id: string[], bodyHash: string): Promise<(Kept & { status: number }) | null> {
    const claimed = await this.pool.query(
      `INSERT INTO idempotency_keys AS k (caller, route, key, body_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (caller, route, key) DO UPDATE SET body_hash = EXCLUDED.body_hash, created_at = EXCLUDED.created_at, status = NULL, answer = NULL
       WHERE k.created_at < now() - interval '24 hours' OR (k.answer IS NULL AND k.body_hash = EXCLUDED.body_hash AND k.created_at < now() - $5 * interval '1 second')`,
      [...id, bodyHash, IN_FLIGHT_SECONDS],
    );
    if (claimed.rowCount === 1) return null;
    const { rows } = await this.pool.query<{ body_hash: string; status: number | null; answer: string | null }>(
      'SELECT body_hash, status, answer FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3',
      id,
    );
    const [row] = rows;
    if (row !== undefined && row.body_hash !== bodyHash)
      throw new Problem(
        422,
        'idempotency_mismatch',
        'This Idempotency-Key came with another body before. Use a new key for a new request.',
      );
    const opened = row?.answer === null || row === undefined ? null : this.box.open(row.answer);
    if (row === undefined || opened === null || row.status === null)
      throw new Problem(409, 'in_flight', 'A request with this Idempotency-Key is still being worked on. Ask again in a moment.', [], 1);
    return { ...(JSON.parse(opened) as Kept), status: row.status };
  }
}
