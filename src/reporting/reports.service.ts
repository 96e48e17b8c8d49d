import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { cursorParts, rangeOf } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { fileOf, fileOfRows } from '../http/table-file.js';
import { encodeCursor } from '../lib/cursor.js';
import { previousOf, rangeOfPeriod, weekBefore } from '../lib/period.js';
import { ReadsService } from '../db/reads.service.js';
import { CopiesService } from './columns/copies.service.js';
import { DEFAULT_COLUMNS, DIMENSIONS, FILTER_NAMES } from './report-columns.js';
import type { ReportAnswer, ReportQuery } from './report.dto.js';
import { tableOf, type ExportedRow } from './report-table.js';
import { exportStatement, pageStatement, type ReportPage, type ReportRequest } from './report.query.js';

const OFFSET = /^\d{1,9}$/;
const TIME_DIMENSIONS = ['month', 'day', 'hour', 'weekday'];

/** $1 tags, $2 whether offers without any are meant. */
const TAGGED = `SELECT id FROM offers WHERE tags && $1::text[] OR ($2::boolean AND cardinality(tags) = 0)`;
/** Where no offer has the tag, nothing is found. */
const NO_OFFER = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class ReportsService {
  constructor(
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly copies: CopiesService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** One page. @throws Problem 400 for names and times that do not fit together, 503 when it takes too long */
  async report(query: ReportQuery): Promise<ReportAnswer> {
    // The page begins at a row number: figures that change between two pages would move any other mark as well.
    const offset = Number(cursorParts(query.cursor, [OFFSET])?.[0] ?? 0);
    const { request, from, to, previous } = await this.ask(query);
    const { rows, totals, statistics } = await this.pageOf(request, query.limit + 1, offset);
    return {
      rows: rows.slice(0, query.limit) as unknown as ReportAnswer['rows'],
      totals,
      currency: this.config.baseCurrency,
      tz: request.tz,
      attribution: query.attribution,
      from,
      to,
      ...(previous === null ? {} : { previous }),
      ...(statistics === null ? {} : { statistics }),
      nextCursor: rows.length > query.limit ? encodeCursor([String(offset + query.limit)]) : null,
    };
  }

  private async pageOf(
    r: ReportRequest,
    limit: number,
    offset: number,
  ): Promise<ReportPage & { statistics: ReportAnswer['statistics'] | null }> {
    const copied = await this.copies.page(r, limit, offset);
    if (copied !== null) return copied;
    const [found] = await this.reads.rows<ReportPage>(pageStatement(r, limit, offset));
    return { ...(found as ReportPage), statistics: null };
  }

  /** All rows, read while they are sent. @throws Problem as `report`, and 503 while another export runs */
  async export(query: ReportQuery, format: 'csv' | 'ndjson'): Promise<StreamableFile> {
    const { request } = await this.ask(query);
    const columns = tableOf(request.groupBy, request.columns, request.previous !== null, query.percent ?? query.bom);
    const form = { name: 'report', format, columns, options: query };
    const copied = await this.copies.export(request);
    if (copied !== null) return fileOfRows(copied, { ...form, shown: (rows: ExportedRow[]) => rows });
    return fileOf(this.reads, exportStatement(request), { ...form, shown: (rows: { row: ExportedRow }[]) => rows.map(({ row }) => row) });
  }

  private async ask(
    query: ReportQuery,
  ): Promise<{ request: ReportRequest; from: string; to: string; previous: ReportAnswer['previous'] | null }> {
    const { groupBy, attribution } = query;
    const sort = sortOf(query);
    const columns = query.columns.length === 0 ? DEFAULT_COLUMNS : query.columns;
    const { from, to, tz } = this.range(query);
    const previous = query.compare === undefined ? null : previousOf({ from, to }, tz);
    if (previous !== null && previous.length <= 0) {
      throw Problem.invalid([
        { pointer: '/compare', message: `from and to stand in an hour that the clock of ${tz} shows twice; move them to compare` },
      ]);
    }
    const iso = (at: number): string => new Date(at).toISOString();
    return {
      request: { groupBy, columns, filters: await this.filtersOf(query), attribution, tz, from, to, previous, sort },
      from: iso(from),
      to: iso(to),
      previous: previous && { from: iso(previous.from), to: iso(from) },
    };
  }

  /** By dimension. Facts know offers and not their tags: of those asked for stand the offers that have one. */
  private async filtersOf(query: ReportQuery): Promise<ReportRequest['filters']> {
    const given = query as unknown as Record<string, string[] | undefined>;
    const filters = new Map(
      FILTER_NAMES.flatMap((name) =>
        given[`filter[${name}]`] === undefined ? [] : [[name, given[`filter[${name}]`] as string[]] as const],
      ),
    );
    for (const [name, tags] of filters) {
      if (DIMENSIONS[name]?.ofOffer !== true) continue;
      const offers = await this.reads.rows<{ id: string }>({ text: TAGGED, values: [tags, tags.includes('')] });
      filters.set(name, [NO_OFFER, ...offers.map(({ id }) => id)]);
    }
    return filters;
  }

  /** Without anything said: today and the six days before it. */
  private range(query: ReportQuery): { from: number; to: number; tz: string } {
    const { tz, ...asked } = rangeOf(query, this.config.timeZone, this.ids.now());
    const to = asked.to ?? rangeOfPeriod('today', tz, this.ids.now()).to;
    const from = asked.from ?? weekBefore(to, tz);
    if (from >= to) throw Problem.invalid([{ pointer: '/to', message: 'to must be later than from' }]);
    return { from, to, tz };
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
