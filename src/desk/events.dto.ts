import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { type Result, RESULTS } from '../conversions/results.js';
import { type Bucket, BUCKETS } from '../offer-sources/vocabulary.js';

export const EVENT_KINDS = ['verdict', 'conversion'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Which events are wanted; the names are those of the lists. A filter that only one kind has leaves the other as it is. */
export class EventsQuery {
  /** Only this kind */
  @IsOptional()
  @IsIn(EVENT_KINDS)
  @ApiProperty({ enum: EVENT_KINDS, required: false })
  event?: EventKind;

  /**
   * Our click id in any letter case
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /** Of verdicts */
  @IsOptional()
  @IsIn(RESULTS)
  result?: Result;

  /**
   * Of verdicts
   * @example "bad_token"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  reason?: string;

  @IsOptional()
  @IsUUID()
  offerSourceId?: string;

  /** Of conversions */
  @IsOptional()
  @IsUUID()
  offerId?: string;

  /** Of conversions */
  @IsOptional()
  @IsIn(BUCKETS)
  status?: Bucket;

  /**
   * Of conversions
   * @example "T-1001"
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  txid?: string;
}
