import { ApiProperty } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsIP,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import { Address, IfGiven } from '../http/fields.js';
import { ISO_TIME, ISO_TIME_MESSAGE } from '../http/page.dto.js';
import type { Bucket, StatusMeaning } from '../offer-sources/vocabulary.js';
import { DecidedConversion } from '../conversions/conversion.dto.js';
import { RESULTS, type Result, type Warning } from '../conversions/results.js';

/** Which rows of the log; the names are those of the answers. */
export class ReplayFilterDto {
  /** @example "source_disabled" */
  @IfGiven()
  @IsIn(RESULTS)
  result?: Result;

  /** @example "token_required" */
  @IfGiven()
  @IsString()
  @MaxLength(255)
  reason?: string;

  @IfGiven()
  @IsUUID()
  offerSourceId?: string;

  /** @example "01jd3q4k8m2v6x0r7t5w9y1z3b" */
  @IfGiven()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /** @example "2026-11-22" */
  @IfGiven()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  from?: string;

  /** @example "2026-11-23" */
  @IfGiven()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  to?: string;
}

export class IgnoreRequest {
  /**
   * Why it needs no verdict
   * @example "sent by mistake, the network has withdrawn it"
   */
  @IsString()
  @Length(1, 500)
  note!: string;
}

export class BulkReplay {
  /** At least one condition */
  @IsObject()
  @ValidateNested()
  @Type(() => ReplayFilterDto)
  filter!: ReplayFilterDto;

  /**
   * true: only count what would be replayed
   * @example true
   */
  @IfGiven()
  @IsBoolean()
  dryRun?: boolean;
}

export class BulkReplayAnswer {
  dryRun!: boolean;
  /**
   * With `complete: false` at least so many
   * @example 3
   */
  count!: number;
  /** false: only the newest 200,000 requests (10,000 of a rare result with other filters) were counted, since all would take too long; a replay takes all that fit */
  complete!: boolean;
  /**
   * Of those, by their present result
   * @example { "source_disabled": 3 }
   */
  results!: Record<string, number>;
  /** GET /api/v1/jobs/ID tells how far it is; null of a dry run */
  jobId!: string | null;
}

export class ReplayAnswer {
  id!: string;
  /** The new verdict in one sentence */
  explanation!: string;
  /**
   * The new verdict; `no_change` when it had been applied and nothing changes; `accepted` when it comes later
   * @example "created"
   */
  result!: Result;
  reason!: string | null;
  warnings!: Warning[];
  conversionId!: string | null;
}

export class DryRun {
  /**
   * The postback URL as it would be called, whole or from the path on
   * @example "http://localhost:3000/postback?cid=01jd3q4k8m2v6x0r7t5w9y1z3b&payout=10&status=sale"
   */
  @IsString()
  @Length(1, 16_384)
  url!: string;

  /** @example "GET" */
  @IfGiven()
  @IsIn(['GET', 'POST'])
  method?: 'GET' | 'POST';

  /** @example "application/x-www-form-urlencoded" */
  @IfGiven()
  @IsIn(['application/x-www-form-urlencoded', 'application/json'])
  contentType?: string;

  @IfGiven()
  @IsString()
  @MaxLength(65_536)
  body?: string;

  /**
   * The address it would come from, for allowedIps
   * @example "203.0.113.7"
   */
  @IsOptional()
  @Address()
  @IsIP()
  ip?: string | null;
}

class DryRunStatus {
  /** The network's word; null when the request has none */
  word!: string | null;
  /** @example "approved" */
  meaning!: StatusMeaning;
  /**
   * Where the meaning comes from: `source`, `template`, `account`, `built-in`, `default`, or null for a word nobody knows
   * @example "built-in"
   */
  mappedBy!: string | null;
}

class DryRunClick {
  cid!: string;
  offerId!: string;
  offerSourceId!: string | null;
  clickedAt!: string;
}

class DryRunSource {
  id!: string;
  name!: string;
}

class DryRunMoney {
  /** The amount that would be used */
  payout!: string | null;
  currency!: string | null;
  rate!: string | null;
  rateDate!: string | null;
  rateSource!: string | null;
  payoutBase!: string | null;
}

/** What a request would do, step by step; nothing is written. */
export class DryRunAnswer {
  /** The answer the sender would get */
  @ApiProperty({ type: 'integer', example: 200 })
  httpStatus!: number;
  /** @example "created" */
  result!: Result;
  reason!: string | null;
  /**
   * What would become of it and why, in one sentence
   * @example "Made a new approved conversion of 10 USD of offer “Red shoes”, because “sale” means approved by the built-in words."
   */
  explanation!: string;
  warnings!: Warning[];
  /**
   * The request as it is understood, absent values left out
   * @example { "cid": "01jd3q4k8m2v6x0r7t5w9y1z3b", "payout": "10", "status": "sale" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  values!: Record<string, unknown>;
  /** Whose rules hold; null: the defaults */
  source!: DryRunSource | null;
  /** null when it is not found */
  click!: DryRunClick | null;
  status!: DryRunStatus | null;
  /** The conversion's key within its click; empty for the plain one */
  key!: string | null;
  /** The status before; null when the conversion would be new */
  from!: Bucket | null;
  /** The status after it, or the one refused */
  to!: Bucket | null;
  /** null when no amount is concerned */
  money!: DryRunMoney | null;
  before!: DecidedConversion | null;
  after!: DecidedConversion | null;
}

/** Postbacks without a click, by whose token came. */
export class UnmatchedAnswer {
  /** null: an offer’s own token, or the global URL */
  offerSourceId!: string | null;
  /** The offer without a source whose own token came; null with a source’s, and on the global URL */
  offerId!: string | null;
  /** Still waiting for their click */
  waiting!: number;
  /** Not found, of the last 90 days; matched when their clicks are imported */
  notFound!: number;
  /**
   * Payouts of both, by currency. An amount sent without one is in the source’s default, else the offer’s, else the base currency; an empty name where the code sent could not be read
   * @example { "USD": "120.5" }
   */
  money!: Record<string, string>;
  firstSeen!: string;
  lastSeen!: string;
}

export class UnmatchedList {
  data!: UnmatchedAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
  /** false: only the newest 5,000 were looked at */
  complete!: boolean;
}
