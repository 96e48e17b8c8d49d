import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** Which part of a list is wanted. */
export class PageQuery {
  /**
   * Rows per page, at most 200
   * @example 50
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1)
  @Max(200)
  limit: number = 50;

  /** `nextCursor` of the page before */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  cursor?: string;
}

/** ISO 8601 as lists and reports take it: a date, or a date and time with or without offset. */
export const ISO_TIME = /^2\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;
export const ISO_TIME_MESSAGE = '$property must be a date or date-time of ISO 8601 such as 2026-11-23 or 2026-11-23T14:00:00Z';

/** A page of a log: `from ≤ t < to`. */
export class LogQuery extends PageQuery {
  /**
   * ISO 8601; without an offset UTC
   * @example "2026-11-23"
   */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  from?: string;

  /**
   * ISO 8601; without an offset UTC
   * @example "2026-11-24"
   */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  to?: string;
}
