import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PERIODS, type Period } from '../lib/period.js';
import { QueryBoolean, WholeNumber } from './fields.js';
import { DELIMITERS, DELIMITER_WORDS, FORMATS, type Delimiter, type Format } from './table.js';

/** Which part of a list is wanted. */
export class PageQuery {
  /**
   * Rows per page, at most 200
   * @example 50
   */
  @WholeNumber(1, 200)
  limit: number = 50;

  /** `nextCursor` of the page before */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  cursor?: string;
}

/** What every page of a list has beside its `data`. */
export class PageAnswer {
  /** The `cursor` of the next page; null on the last */
  nextCursor!: string | null;
}

/** What a page of a long log has besides. */
export class LogAnswer extends PageAnswer {
  /**
   * Of a page that ends early: with filters it looks through at most 50,000 rows (10,000 conversions, or postbacks of a rare
   * result), has found fewer than `limit` or none, and has come to this time. `nextCursor` goes on from there; only null ends the list
   * @example "2026-11-02T09:12:44.310Z"
   */
  lookedTo?: string;
}

/** What is added up of everything that is filtered, not only of one page. */
export class SumsAnswer {
  /** How many there are; with `complete: false` at least so many */
  count!: number;
  /** false: only the newest were added up, since all would take too long */
  complete!: boolean;
}

/** ISO 8601 as lists and reports take it: a date, or a date and time with or without offset. */
export const ISO_TIME = /^2\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;
export const ISO_TIME_MESSAGE =
  '$property must be a date or date-time of ISO 8601 from the year 2000 on, such as 2026-11-23 or 2026-11-23T14:00:00Z';

/** A time of a query. */
const Time = (): PropertyDecorator => (target, key) => {
  IsOptional()(target, key);
  // A plus that was not encoded comes as a space.
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.replace(/(T\S+) (?=\d\d:\d\d$)/, '$1+') : value))(
    target,
    key,
  );
  Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })(target, key as string);
  IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })(target, key as string);
};

/** A page of what happened: `from ≤ t < to`. */
export class LogQuery extends PageQuery {
  /**
   * ISO 8601; without an offset on the clock of `tz`
   * @example "2026-11-17"
   */
  @Time()
  from?: string;

  /**
   * The first moment that no longer counts, but a date includes its day; ISO 8601, without an offset on the clock of `tz`
   * @example "2026-11-23"
   */
  @Time()
  to?: string;

  /** In place of `from` and `to`: whole days on the clock of `tz`, today included but for `yesterday` and `lastMonth` */
  @IsOptional()
  @IsIn(PERIODS)
  period?: Period;

  /**
   * Time zone, an IANA name. Default: the setting TIME_ZONE
   * @example "Europe/Berlin"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  tz?: string;
}

/** What can also be had as a file. */
export class TableQuery extends LogQuery {
  /** Default: what `Accept` asks for, else JSON. CSV and NDJSON have all rows, whatever `limit` and `cursor` say */
  @IsOptional()
  @IsIn(FORMATS)
  format?: Format;

  /** What stands between the cells of a CSV file. Excel where decimals have a comma expects `;` */
  @ApiPropertyOptional({ enum: DELIMITERS, default: ',' })
  @Transform(({ value }: { value: unknown }) => DELIMITER_WORDS[String(value)] ?? value)
  @IsIn(DELIMITERS)
  delimiter: Delimiter = ',';

  /** A CSV file begins with a byte order mark, by which Excel knows UTF-8 */
  @ApiPropertyOptional({ default: false })
  @QueryBoolean()
  @IsBoolean()
  bom: boolean = false;

  /** What stands before the decimals of amounts in a CSV file */
  @ApiPropertyOptional({ enum: ['point', 'comma'], default: 'point' })
  @IsIn(['point', 'comma'])
  decimal: 'point' | 'comma' = 'point';
}

/** A list of facts, whose sums can be had beside it. */
export class FactQuery extends TableQuery {
  /** `true`: also `sums` of all that is filtered, not only this page */
  @ApiPropertyOptional({ default: false })
  @QueryBoolean()
  @IsBoolean()
  sums: boolean = false;
}
