import { ApiProperty } from '@nestjs/swagger';
import { IsBooleanString, IsIn, IsISO8601, IsOptional, IsUUID, Matches } from 'class-validator';
import { ISO_TIME, ISO_TIME_MESSAGE } from '../http/page.dto.js';
import { FileAnswer, FileQuery, LineError } from './file.dto.js';
import { CONVERSION_FORMATS, type ConversionFormat } from './read-conversion.js';

export class ConversionImportQuery extends FileQuery {
  /**
   * false (the default): only a preview; true: the lines are taken in
   * @example "false"
   */
  @IsOptional()
  @IsBooleanString()
  commit?: string;

  /**
   * Of a commit. true (the default): the answer comes when every line has its verdict; false: at once (202), with a
   * jobId whose job says how far it is and has this answer as its result
   * @example "true"
   */
  @IsOptional()
  @IsBooleanString()
  wait?: string;

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

/** What lines of one status and currency come to. */
export class StatusSum {
  /** @example "approved" */
  status!: string;
  /** null where no amount was said, and the offer has none */
  @ApiProperty({ type: String, nullable: true, example: 'USD' })
  currency!: string | null;
  count!: number;
  /**
   * Sum of the lines' own amounts
   * @example "120.5"
   */
  payout!: string;
  /** Of these lines, how many wait for their click: they count when it is imported */
  unmatchedCount!: number;
  /** Their part of the sum */
  unmatchedPayout!: string;
}

/** A line and what would become of it. */
export class PreviewedLine {
  line!: number;
  cid!: string;
  /** @example "created" */
  result!: string;
  warnings!: string[];
  /** The conversion's status before it */
  @ApiProperty({ type: String, nullable: true })
  from!: string | null;
  /** The status that the line asks for */
  to!: string;
  /** Its own amount, or the offer's in its place */
  @ApiProperty({ type: String, nullable: true, example: '12.5' })
  payout!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'USD' })
  currency!: string | null;
}

export class ConversionImportAnswer extends FileAnswer {
  /** false: a preview, nothing is stored */
  committed!: boolean;
  /** preview; done: every line has its verdict; active: the job goes on */
  @ApiProperty({ enum: ['preview', 'active', 'done'] })
  state!: 'preview' | 'active' | 'done';
  /** Of a commit: GET /api/v1/jobs/{id} says how far it is, and in the end this answer as its result */
  @ApiProperty({ type: String, nullable: true })
  jobId!: string | null;
  /** Lines, without blank ones */
  total!: number;
  /** Taken in, when committed; the log of postbacks has them with method IMPORT */
  accepted!: number;
  /** Lines that make a conversion */
  new!: number;
  updated!: number;
  unchanged!: number;
  /** Their click is not found; they are kept and matched when it is imported */
  unmatched!: number;
  /** By the rules of their source */
  refused!: number;
  /** Of a commit: taken in and not decided yet */
  pending!: number;
  /** Lines that could not be read and lines that were refused */
  errorCount!: number;
  /** The first 100 */
  errors!: LineError[];
  /**
   * How many lines had each warning
   * @example { "unmapped_status": 3 }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  warnings!: Record<string, number>;
  /** Of a preview: what the lines say, by status and currency */
  sums!: StatusSum[];
  /** Of a preview: the first 10 lines, each with its own amount and what would become of it */
  sample!: PreviewedLine[];
}

export class ReconcileQuery extends FileQuery {
  @IsUUID()
  offerSourceId!: string;

  /**
   * Of our conversions’ `convertedAt`, for what the statement lacks. Without from and to: the days, in `tz`, that the
   * times of the statement lie in; of a statement without times the last 31 days
   * @example "2026-11-01"
   */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  from?: string;

  /**
   * A date includes its day
   * @example "2026-11-30"
   */
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

/** A line and a conversion that do not say the same, with what is needed to mend it. */
export class Difference {
  @ApiProperty({ enum: ['missing', 'extra', 'differentStatus', 'differentAmount'] })
  kind!: string;
  /** In the file; null for what the file lacks */
  line!: number | null;
  cid!: string | null;
  txid!: string | null;
  theirStatus!: string | null;
  /** What their word means at the source; to be set by PATCH /api/v1/conversions/{conversionId} */
  theirMeaning!: string | null;
  ourStatus!: string | null;
  theirPayout!: string | null;
  ourPayout!: string | null;
  theirCurrency!: string | null;
  ourCurrency!: string | null;
  theirTime!: string | null;
  ourTime!: string | null;
  /** null for one that is missing with us */
  conversionId!: string | null;
  offerId!: string | null;
  /** Of a missing one: whether its click is ours, so that importing the line makes the conversion */
  isClickKnown!: boolean;
}

export class ReconcileAnswer extends FileAnswer {
  /** Our conversions from here on were looked for in the file */
  from!: string;
  /** … and before this */
  to!: string;
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
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  theirTotals!: Record<string, string>;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  ourTotals!: Record<string, string>;
  /**
   * Status words that no map knows, and how many lines say them: they were not compared
   * @example { "Qualified": 3 }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  unknownStatuses!: Record<string, number>;
  errorCount!: number;
  /** The first 100 */
  errors!: LineError[];
}
