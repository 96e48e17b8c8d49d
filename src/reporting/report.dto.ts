import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { LowerCase, QueryBoolean, WholeNumber } from '../http/fields.js';
import { PageAnswer, TableQuery } from '../http/page.dto.js';
import { COLUMN_NAMES, DIMENSION_NAMES, DIMENSIONS, EVENT_COLUMNS, FILTER_NAMES } from './report-columns.js';

const SORTS = [...COLUMN_NAMES, ...DIMENSION_NAMES].flatMap((name) => [name, `-${name}`]);
const names = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean)
    : value;
const list = ({ value }: { value: unknown }): unknown => (value === undefined ? undefined : [value].flat());

/**
 * What a report is asked for. Without `from` it begins seven days before it ends, without `to` it ends with today. Filters
 * are declared below, one per dimension: `filter[offer]=…`.
 */
export class ReportQuery extends TableQuery {
  /** Up to three dimensions, separated by commas or repeated; without any there is one row */
  @ApiPropertyOptional({ type: [String], example: ['offerSource', 'day'] })
  @Transform(names)
  @IsIn(DIMENSION_NAMES, { each: true, message: `groupBy must name up to three of ${DIMENSION_NAMES.join(', ')}` })
  @ArrayMaxSize(3, { message: 'groupBy must name at most three dimensions' })
  @ArrayUnique({ message: 'groupBy must name each dimension once' })
  groupBy: string[] = [];

  /** Columns in the order wished, separated by commas or repeated. Default: all but those of events */
  @ApiPropertyOptional({ type: [String], example: ['clicks', 'revenue', 'event1', 'event1Count'] })
  @Transform(names)
  @IsIn(COLUMN_NAMES, { each: true, message: `columns must name some of ${COLUMN_NAMES.join(', ')}` })
  @ArrayUnique({ message: 'columns must name each column once' })
  columns: string[] = [];

  /** Which time decides where a conversion counts: its click’s or its own. Clicks count at their own time. */
  @ApiPropertyOptional()
  @IsIn(['click', 'conversion'])
  attribution: 'click' | 'conversion' = 'click';

  /** `previous`: every row and the totals also say what the period before had, which is as long and ends at `from` */
  @IsOptional()
  @IsIn(['previous'])
  compare?: 'previous';

  /** A CSV file has ratios in percent, in columns named `cr %`, `approvalRate %` and `roi %`. Default: as `bom` */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  percent?: boolean;

  /**
   * A column or a dimension of `groupBy`, with `-` in front for descending. Default: the first time dimension, else `-revenue`
   * @example "-profit"
   */
  @IsOptional()
  @IsIn(SORTS, { message: 'sort must be a column or a dimension of groupBy, with or without - in front' })
  sort?: string;

  /**
   * Rows per page, at most 1000
   * @example 100
   */
  @WholeNumber(1, 1_000)
  override limit: number = 100;
}
for (const name of FILTER_NAMES) {
  const property = `filter[${name}]`;
  const description = `Only this ${name}${DIMENSIONS[name]?.caseless === true ? ' in any letter case' : ''}; repeated: any of them; empty: those without one`;
  ApiPropertyOptional({ type: String, description, ...(DIMENSIONS[name]?.words === undefined ? {} : { enum: DIMENSIONS[name].words }) })(
    ReportQuery.prototype,
    property,
  );
  IsOptional()(ReportQuery.prototype, property);
  Transform(list)(ReportQuery.prototype, property);
  IsString({ each: true })(ReportQuery.prototype, property);
  ArrayMaxSize(100)(ReportQuery.prototype, property);
  const { filter, words } = DIMENSIONS[name] ?? {};
  if (filter === 'uuid')
    Matches(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i, { each: true, message: `${property} must be an id` })(
      ReportQuery.prototype,
      property,
    );
  if (words !== undefined) {
    LowerCase()(ReportQuery.prototype, property);
    IsIn(words, { each: true, message: `${property} must be one of ${words.join(', ')}` })(ReportQuery.prototype, property);
  }
}

/** The figures of a row or of all rows. Money is in the report’s currency; ratios have up to 6 places and are null when divided by zero. Only the columns asked for. */
export class ReportFigures {
  /** Without bots; null when grouped or filtered by status, currency or paramN */
  clicks?: number | null;
  /** First of their UTC day */
  uniqueClicks?: number | null;
  bots?: number | null;
  /** All buckets but ignored */
  conversions?: number;
  approved?: number;
  pending?: number;
  rejected?: number;
  trash?: number;
  reversed?: number;
  unmapped?: number;
  /** Conversions of clicks that already had one */
  upsells?: number;
  /**
   * (conversions − upsells) / clicks
   * @example "0.0125"
   */
  cr?: string | null;
  /** approved / (approved + rejected + trash + reversed) */
  approvalRate?: string | null;
  /**
   * Approved, less what was partly taken back
   * @example "1250.4"
   */
  revenue?: string;
  /** Pending and unmapped */
  revenueHold?: string;
  /** Reversed, wholly and partly */
  revenueReversed?: string;
  /** Of all clicks */
  cost?: string | null;
  /** revenue − cost */
  profit?: string | null;
  /** profit / cost */
  roi?: string | null;
  /** revenue / clicks */
  epc?: string | null;
  /** cost / clicks */
  cpc?: string | null;
  /** cost / approved */
  cpa?: string | null;
  /** revenue / approved */
  averagePayout?: string | null;
}
for (const name of EVENT_COLUMNS) {
  const counts = name.endsWith('Count');
  ApiPropertyOptional({
    type: counts ? Number : String,
    description: counts ? `Conversions whose ${name.replace('Count', '')} is above 0` : 'Sum over all conversions',
    example: counts ? 3 : '12.5',
  })(ReportFigures.prototype, name);
}

/** What is compared. */
export class ComparedFigures extends ReportFigures {
  /** The same columns in the previous period; only with compare=previous */
  previous?: ReportFigures;
}

export class ReportRow extends ComparedFigures {
  /** The dimensions of groupBy */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      offer: { id: '019abc12-3456-7890-8abc-def012345678', name: 'Credit card DE' },
      offerSource: null,
      month: '2026-11',
      day: '2026-11-23',
      hour: '2026-11-23T14:00',
      weekday: 1,
      status: 'approved',
    },
  })
  key!: Record<string, unknown>;
}

export class ReportPeriod {
  /** @example "2026-11-09T23:00:00.000Z" */
  from!: string;
  /** @example "2026-11-16T23:00:00.000Z" */
  to!: string;
}

export class StatisticsDays {
  /**
   * The first such day in UTC
   * @example "2026-05-01"
   */
  from!: string;
  /** @example "2026-05-31" */
  to!: string;
}

export class ReportAnswer extends PageAnswer {
  rows!: ReportRow[];
  /** Over all rows, not only this page */
  totals!: ComparedFigures;
  /**
   * The base currency
   * @example "USD"
   */
  currency!: string;
  /** @example "Europe/Berlin" */
  tz!: string;
  attribution!: 'click' | 'conversion';
  /** @example "2026-11-16T23:00:00.000Z" */
  from!: string;
  /** @example "2026-11-23T23:00:00.000Z" */
  to!: string;
  /** The previous period; only with compare=previous */
  previous?: ReportPeriod;
  /** Days whose clicks are past their retention: their figures are read from statistics, which know all but external ids */
  statistics?: StatisticsDays;
}
