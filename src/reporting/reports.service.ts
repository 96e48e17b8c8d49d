import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { CONFIG, type Config } from '../config.js';
import { cursorParts } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { encodeCursor } from '../lib/cursor.js';
import { ReadsService } from '../db/reads.service.js';
import { DEFAULT_COLUMNS, DIMENSIONS, FILTER_NAMES } from './report-columns.js';
import type { ReportAnswer, ReportQuery } from './report.dto.js';
import { cellsOf, headerOf, type ExportedRow } from './report-export.js';
import { exportStatement, pageStatement, RANGE, type ReportPage, type ReportRange, type ReportRequest } from './report.query.js';

const OFFSET = /^\d{1,9}$/;
const HAS_OFFSET = /T.*(Z|[+-]\d\d:\d\d)$/;
const TIME_DIMENSIONS = ['month', 'day', 'hour', 'weekday'];

@Injectable()
export class ReportsService {
  constructor(
    private readonly reads: ReadsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** One page. @throws Problem 400 for names and times that do not fit together, 503 when it takes too long */
  async report(query: ReportQuery): Promise<ReportAnswer> {
    // The page begins at a row number: figures that change between two pages would move any other mark as well.
    const offset = Number(cursorParts(query.cursor, [OFFSET])?.[0] ?? 0);
    const { request, from, to, previous } = await this.ask(query);
    const [found] = await this.reads.rows<ReportPage>(pageStatement(request, query.limit + 1, offset));
    const { rows, totals } = found as ReportPage;
    return {
      rows: rows.slice(0, query.limit) as unknown as ReportAnswer['rows'],
      totals,
      currency: this.config.baseCurrency,
      tz: query.tz,
      attribution: query.attribution,
      from,
      to,
      ...(previous === null ? {} : { previous }),
      nextCursor: rows.length > query.limit ? encodeCursor([String(offset + query.limit)]) : null,
    };
  }

  /** All rows, read while they are sent. @throws Problem as `report`, and 503 while another export runs */
  async export(query: ReportQuery, format: 'csv' | 'ndjson'): Promise<Readable> {
    const { request } = await this.ask(query);
    const { groupBy, columns, previous } = request;
    const statement = exportStatement(request);
    if (format === 'ndjson')
      return this.reads.stream<{ row: ExportedRow }>(statement, '', (rows) => rows.map(({ row }) => `${JSON.stringify(row)}\n`).join(''));
    const keys = headerOf(groupBy, [], false).length;
    // What people and networks wrote may be a formula in disguise; our figures never are, though some begin with a minus.
    const csv = (lines: unknown[][]): string =>
      stringify(lines, { cast: { string: (value, { index }) => (index < keys ? { value, escape_formulas: true } : value) } });
    return this.reads.stream<{ row: ExportedRow }>(statement, csv([headerOf(groupBy, columns, previous !== null)]), (rows) =>
      csv(rows.map(({ row }) => cellsOf(row, groupBy, columns))),
    );
  }

  private async ask(
    query: ReportQuery,
  ): Promise<{ request: ReportRequest; from: string; to: string; previous: ReportAnswer['previous'] | null }> {
    const { groupBy, attribution, tz } = query;
    const sort = sortOf(query);
    const filters = filtersOf(query);
    const columns = query.columns.length === 0 ? DEFAULT_COLUMNS : query.columns;
    const { from, to, previousFrom, length } = await this.range(query);
    const previous = query.compare === undefined ? null : { from: Date.parse(previousFrom), length };
    return {
      request: { groupBy, columns, filters, attribution, tz, from: Date.parse(from), to: Date.parse(to), previous, sort },
      from,
      to,
      previous: previous && { from: previousFrom, to: from },
    };
  }

  private async range({ tz, from, to, compare }: ReportQuery): Promise<ReportRange> {
    if (!isTimeZone(tz))
      throw Problem.invalid([{ pointer: '/tz', message: `there is no time zone ${tz}; use an IANA name such as Europe/Berlin` }]);
    const [range] = await this.reads.rows<ReportRange>({
      text: RANGE,
      values: [tz, from ?? null, to ?? null, HAS_OFFSET.test(from ?? ''), HAS_OFFSET.test(to ?? '')],
    });
    if (range === undefined || range.from >= range.to) throw Problem.invalid([{ pointer: '/to', message: 'to must be later than from' }]);
    if (compare !== undefined && range.previousFrom >= range.from) {
      throw Problem.invalid([
        { pointer: '/compare', message: `from and to stand in an hour that the clock of ${tz} shows twice; move them to compare` },
      ]);
    }
    return range;
  }
}

function sortOf({ sort, groupBy }: ReportQuery): ReportRequest['sort'] {
  if (sort === undefined) {
    const time = groupBy.find((name) => TIME_DIMENSIONS.includes(name));
    return time === undefined ? { name: 'revenue', descending: true } : { name: time, descending: false };
  }
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  if (DIMENSIONS[name] !== undefined && !groupBy.includes(name)) {
    throw Problem.invalid([{ pointer: '/sort', message: `the report is not grouped by ${name}` }]);
  }
  return { name, descending };
}

function filtersOf(query: ReportQuery): ReportRequest['filters'] {
  const given = query as unknown as Record<string, string[] | undefined>;
  return new Map(
    FILTER_NAMES.flatMap((name) => (given[`filter[${name}]`] === undefined ? [] : [[name, given[`filter[${name}]`] as string[]] as const])),
  );
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
