import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { Address, AnyOf, LowerCase, QueryBoolean } from '../http/fields.js';
import { type Result, RESULTS, type Warning, WARNINGS } from '../conversions/results.js';
import { type Bucket, BUCKETS } from '../offer-sources/vocabulary.js';

export const EVENT_KINDS = ['verdict', 'conversion'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Which events are wanted; the names are those of the lists. A filter that only one kind has leaves the other out. */
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

  /** Of verdicts; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @ApiPropertyOptional({ enum: RESULTS, isArray: true })
  @IsIn(RESULTS, { each: true })
  result?: Result[];

  /**
   * Of verdicts; repeated: any of them
   * @example ["bad_token"]
   */
  @AnyOf()
  @MaxLength(200, { each: true })
  reason?: string[];

  /** Repeated: any of them */
  @AnyOf()
  @LowerCase()
  @IsUUID(undefined, { each: true })
  offerSourceId?: string[];

  /** Of conversions; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @IsUUID(undefined, { each: true })
  offerId?: string[];

  /** Of conversions; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @ApiPropertyOptional({ enum: BUCKETS, isArray: true })
  @IsIn(BUCKETS, { each: true })
  status?: Bucket[];

  /**
   * Of conversions; repeated: any of them
   * @example ["T-1001"]
   */
  @AnyOf()
  @MaxLength(191, { each: true })
  txid?: string[];

  /** Of conversions; repeated: any of them */
  @AnyOf()
  @MaxLength(255, { each: true })
  networkConversionId?: string[];

  /** Of verdicts: one of its warnings; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @ApiPropertyOptional({ enum: WARNINGS, isArray: true })
  @IsIn(WARNINGS, { each: true })
  warnings?: Warning[];

  /** Of verdicts: the source whose token came; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @IsUUID(undefined, { each: true })
  tokenSourceId?: string[];

  /** Of verdicts: the offer whose own token came; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @IsUUID(undefined, { each: true })
  tokenOfferId?: string[];

  /** Of verdicts: the conversion they concerned; repeated: any of them */
  @AnyOf()
  @MaxLength(300, { each: true })
  conversionId?: string[];

  /**
   * Of verdicts; repeated: any of them
   * @example ["203.0.113.7"]
   */
  @AnyOf()
  @Address()
  @MaxLength(64, { each: true })
  ip?: string[];

  /** Of verdicts, in any letter case; repeated: any of them */
  @AnyOf()
  @MaxLength(16, { each: true })
  method?: string[];

  /** Of conversions: the network's word in any letter case; repeated: any of them */
  @AnyOf()
  @MaxLength(64, { each: true })
  rawStatus?: string[];

  /** Of conversions, in any letter case; repeated: any of them */
  @AnyOf()
  @MaxLength(10, { each: true })
  currency?: string[];

  /** Of conversions: only those of clicks that already had one, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  upsell?: boolean;

  /** Of conversions: only those of test clicks, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  test?: boolean;
}
