import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { columnsOf } from '../http/upload.js';
import { Problem } from '../http/problem.js';
import type { FileOptions } from './open-file.js';
import { isZone, readOrder } from './read-time.js';

/** What can be said of a file of rows; most of it is found out without. */
export class FileQuery {
  /**
   * JSON: their header → our field, null for a column that is not to be read. A header that the file lacks is refused
   * @example "{\"Sub 1\":\"cid\",\"Goal\":null}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(8_000)
  columns?: string;

  /**
   * Of a file that is neither UTF-8 nor UTF-16: windows-1251, windows-1252, koi8-r, …
   * @example "windows-1251"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  encoding?: string;

  /**
   * Where the clock of times without a zone stands: an IANA name, or an offset such as +02:00; default UTC
   * @example "Europe/Berlin"
   */
  @IsOptional()
  @IsString()
  @MaxLength(60)
  tz?: string;

  /**
   * Of dates such as 03/04/2026, where the column itself does not tell: DD/MM/YYYY or MM/DD/YYYY
   * @example "DD/MM/YYYY"
   */
  @IsOptional()
  @IsString()
  @MaxLength(20)
  dateFormat?: string;
}

/** @throws Problem 400 for what is no zone, no order of dates, or maps columns to fields there are not */
export function fileOptionsOf({ columns, encoding, tz = 'UTC', dateFormat }: FileQuery, fields: ReadonlySet<string>): FileOptions {
  if (!isZone(tz))
    throw Problem.invalid([{ pointer: '/tz', message: 'tz must be an IANA time zone such as Europe/Berlin, or an offset such as +02:00' }]);
  const dateOrder = dateFormat === undefined ? null : readOrder(dateFormat);
  if (dateFormat !== undefined && dateOrder === null)
    throw Problem.invalid([{ pointer: '/dateFormat', message: 'dateFormat must be DD/MM/YYYY or MM/DD/YYYY' }]);
  return { columns: columnsOf(columns, fields), encoding, tz, dateOrder };
}

/** How a file was read. */
export class FileAnswer {
  /** @example "utf-8" */
  encoding!: string;
  /** @example ";" */
  delimiter!: string;
  /**
   * The order of its dates where they need one, else null
   * @example "DD/MM/YYYY"
   */
  @ApiProperty({ type: String, nullable: true })
  dateFormat!: string | null;
  /**
   * Its headers and the fields they were read as
   * @example { "Click ID": "cid", "Revenue": "payout" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  columns!: Record<string, string>;
  /** Headers that say nothing to us, or less than another */
  ignoredColumns!: string[];
  /** In sentences: two columns for one field, what is missing and what holds instead */
  notes!: string[];
}

/** A line that was left out, and why. */
export class LineError {
  /** @example 7 */
  line!: number;
  /** @example "missing_cid" */
  message!: string;
}
