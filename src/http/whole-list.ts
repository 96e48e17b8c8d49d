import { applyDecorators, type CallHandler, type ExecutionContext, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { nearestName } from '../lib/nearest.js';
import { foldCase } from '../lib/sql.js';
import { ApiErrors } from './api-errors.js';
import { cursorParts, type Page } from './page.js';
import { encodeCursor } from '../lib/cursor.js';
import { pointerTo } from '../lib/json-pointer.js';
import { Problem } from './problem.js';

type Row = Readonly<Record<string, unknown>>;
type Asked = Readonly<Record<string, string | string[]>>;

const MOST = 200;
/** What tells the rows of such lists from each other, where they have it. */
const IDENTITY = ['id', 'key', 'kind', 'name', 'word', 'what', 'currency', 'day', 'offerSourceId', 'offerId'];

/**
 * A list that is short enough to be made whole. It takes `limit`, `cursor` and filters by field like any other list, and
 * without a limit it is one page.
 */
export function WholeList(...filters: string[]): MethodDecorator {
  const query = (name: string, description: string, schema: object): MethodDecorator =>
    ApiQuery({ name, required: false, description, schema: schema as never });
  return applyDecorators(
    query('limit', `Rows per page, at most ${MOST}. Default: all`, { type: 'integer', minimum: 1, maximum: MOST }),
    query('cursor', '`nextCursor` of the page before', { type: 'string', maxLength: 2_000 }),
    ...filters.map((name) =>
      query(name, `Only this ${name} in any letter case; repeated: any of them; empty: those without one`, {
        type: 'array',
        items: { type: 'string' },
      }),
    ),
    ApiErrors(400),
    UseInterceptors(new WholeListInterceptor(filters)),
  ) as MethodDecorator;
}

class WholeListInterceptor implements NestInterceptor {
  constructor(private readonly filters: readonly string[]) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const query = context.switchToHttp().getRequest<FastifyRequest>().query as Asked;
    const cut = wholeListPage(query, this.filters);
    return next.handle().pipe(map((answer: { data: readonly Row[] }) => ({ ...answer, ...cut(answer.data) })));
  }
}

/**
 * What a query wants of a list that is there whole.
 * @throws Problem 400 that names every wrong parameter
 */
export function wholeListPage(query: Asked, filters: readonly string[]): (rows: readonly Row[]) => Page<Row> {
  const { limit, cursor, ...rest } = query;
  const names = ['limit', 'cursor', ...filters];
  const unknown = Object.keys(rest).filter((name) => !filters.includes(name));
  const rowsAPage = limit === undefined ? Infinity : typeof limit === 'string' && /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  const errors = [
    ...unknown.map((name) => ({ pointer: pointerTo('', name), message: noSuch(name, names) })),
    ...(rowsAPage >= 1 && (rowsAPage <= MOST || limit === undefined)
      ? []
      : [{ pointer: '/limit', message: `limit must be a whole number from 1 to ${MOST}` }]),
  ];
  if (errors.length > 0) throw Problem.invalid(errors);
  const [identity, at] = cursorParts(Array.isArray(cursor) ? '' : cursor, [/^/, /^\d{1,9}$/]) ?? [];
  const wanted = Object.entries(rest).map(([name, values]) => [name, [values].flat().map(foldCase)] as const);
  return (rows) => {
    const fitting = rows.filter((row) => wanted.every(([name, values]) => values.includes(foldCase(String(row[name] ?? '')))));
    // Rows may have come before the one at which the last page ended, and that one may be gone.
    const found = identity === undefined ? -1 : fitting.findIndex((row) => identityOf(row) === identity);
    const start = found === -1 ? Math.max(0, Number(at ?? 0) - 1) : found + 1;
    const data = fitting.slice(start, start + rowsAPage);
    const last = data.at(-1);
    const isLast = last === undefined || start + data.length >= fitting.length;
    return { data, nextCursor: isLast ? null : encodeCursor([identityOf(last), String(start + data.length)]) };
  };
}

const identityOf = (row: Row): string => JSON.stringify(IDENTITY.map((name) => row[name] ?? null));

function noSuch(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `there is no ${name} here${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}
