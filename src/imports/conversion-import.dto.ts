import { ApiProperty } from '@nestjs/swagger';
import { IsBooleanString, IsIn, IsISO8601, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { ISO_TIME, ISO_TIME_MESSAGE } from '../http/page.dto.js';
import { CONVERSION_FORMATS, type ConversionFormat } from './read-conversion.js';

class FileQuery {
  /**
   * JSON: their header → our parameter
   * @example "{\"Sub 1\":\"cid\"}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  columns?: string;
}

export class ConversionImportQuery extends FileQuery {
  /**
   * false (the default): only a preview; true: the lines are taken in
   * @example "false"
   */
  @IsOptional()
  @IsBooleanString()
  commit?: string;

  /** csv with a header; keitaro: `subid,payout,tid,status`; binom: `clickid:payout=…` */
  @IsOptional()
  @IsIn(CONVERSION_FORMATS)
  @ApiProperty({ enum: CONVERSION_FORMATS, required: false })
  format?: ConversionFormat;

  /** Whose rules and words hold; without it those of each click’s own source */
  @IsOptional()
  @IsUUID()
  offerSourceId?: string;
}

class LineError {
  /** @example 7 */
  line!: number;
  /** @example "missing_cid" */
  message!: string;
}

export class ConversionImportAnswer {
  /** false: a preview, nothing is stored */
  committed!: boolean;
  total!: number;
  /** Taken in, when committed; their verdicts are in the log of postbacks, with method IMPORT */
  accepted!: number;
  /** Of a preview: lines that make a conversion */
  new!: number;
  updated!: number;
  unchanged!: number;
  /** Their click is not found; they would be kept and matched when it is imported */
  unmatched!: number;
  /** By the rules of their source */
  refused!: number;
  errorCount!: number;
  /** The first 100 */
  errors!: LineError[];
  /** The first 10 lines and what would become of them */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  sample!: Record<string, unknown>[];
}

export class ReconcileQuery extends FileQuery {
  @IsUUID()
  offerSourceId!: string;

  /**
   * Of our conversions’ `convertedAt`, for what the statement lacks; default 31 days ago
   * @example "2026-11-01"
   */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  from?: string;

  /** @example "2026-12-01" */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  to?: string;

  /** What a line is found by; default txid where the file has one */
  @IsOptional()
  @IsIn(['txid', 'cid'])
  @ApiProperty({ enum: ['txid', 'cid'], required: false })
  by?: 'txid' | 'cid';
}

/** A line and a conversion that do not say the same. */
export class Difference {
  @ApiProperty({ enum: ['missing', 'extra', 'differentStatus', 'differentAmount'] })
  kind!: string;
  /** In the file; null for what the file lacks */
  line!: number | null;
  cid!: string | null;
  txid!: string | null;
  theirStatus!: string | null;
  ourStatus!: string | null;
  theirPayout!: string | null;
  ourPayout!: string | null;
  theirCurrency!: string | null;
  ourCurrency!: string | null;
}

export class ReconcileAnswer {
  total!: number;
  matched!: number;
  missingCount!: number;
  extraCount!: number;
  differentStatusCount!: number;
  differentAmountCount!: number;
  /** In the file, not with us; of each list the first 1,000 */
  missing!: Difference[];
  /** With us, not in the file */
  extra!: Difference[];
  differentStatus!: Difference[];
  differentAmount!: Difference[];
  /**
   * Approved, by currency
   * @example { "USD": "120.5" }
   */
  theirTotals!: Record<string, string>;
  ourTotals!: Record<string, string>;
  errors!: LineError[];
}
