import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { cursorParts } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { encodeCursor } from '../lib/cursor.js';
import { ReadsService } from '../reads.service.js';
import { DIMENSIONS, FILTER_NAMES } from './report-columns.js';
import type { ReportAnswer, ReportQuery } from './report.dto.js';
import { RANGE, reportStatement, type ReportRequest, type ReportRows } from './report.query.js';

const OFFSET = /^\d{1,9}$/;
const HAS_OFFSET = /T.*(Z|[+-]\d\d:\d\d)$/;
const TIME_DIMENSIONS = ['month', 'day', 'hour', 'weekday'];

@Injectable()
export class ReportsService {
  constructor(
    private readonly reads: ReadsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Problem 400 for names and times that do not fit together, 503 when it takes too long */
  async report(query: ReportQuery): Promise<ReportAnswer> {
    const sort = sortOf(query);
    const filters = filtersOf(query);
    // The page begins at a row number: figures that change between two pages would move any other mark as well.
    const offset = Number(cursorParts(query.cursor, [OFFSET])?.[0] ?? 0);
    const { from, to } = await this.range(query);
    const { groupBy, attribution, tz, limit } = query;
    const request: ReportRequest = { groupBy, filters, attribution, tz, from: Date.parse(from), to: Date.parse(to), sort, limit: limit + 1, offset };
    const [found] = await this.reads.rows<ReportRows>(reportStatement(request));
    const { rows, totals } = found as ReportRows;
    return {
      rows: rows.slice(0, limit) as unknown as ReportAnswer['rows'],
      totals: totals as unknown as ReportAnswer['totals'],
      currency: this.config.baseCurrency,
      tz,
      attribution,
      from,
      to,
      nextCursor: rows.length > limit ? encodeCursor([String(offset + limit)]) : null,
    };
  }

  private async range({ tz, from, to }: ReportQuery): Promise<{ from: string; to: string }> {
    if (!isTimeZone(tz)) throw Problem.invalid([{ pointer: '/tz', message: `there is no time zone ${tz}; use an IANA name such as Europe/Berlin` }]);
    const [range] = await this.reads.rows<{ from: string; to: string }>({ text: RANGE, values: [tz, from ?? null, to ?? null, HAS_OFFSET.test(from ?? ''), HAS_OFFSET.test(to ?? '')] });
    if (range === undefined || range.from >= range.to) throw Problem.invalid([{ pointer: '/to', message: 'to must be later than from' }]);
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
  return new Map(FILTER_NAMES.flatMap((name) => (given[`filter[${name}]`] === undefined ? [] : [[name, given[`filter[${name}]`] as string[]] as const])));
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
