import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Length, Matches, MaxLength } from 'class-validator';
import { PAYOUT, PAYOUT_MESSAGE } from '../lib/amount.js';
import { AnyOf, IfGiven, LINE, LINE_MESSAGE, QueryBoolean, UUID_OR_NONE, UUID_OR_NONE_MESSAGE, LowerCase } from '../http/fields.js';
import { FactFilters } from '../clicks/fact-filters.dto.js';
import { FactQuery, LogAnswer, SumsAnswer } from '../http/page.dto.js';
import { type Result, type Warning } from './results.js';
import { type Bucket, BUCKETS } from '../offer-sources/vocabulary.js';

const PARAMS = Array.from({ length: 20 }, (_, i) => `param${i + 1}`);

/** Which conversions are wanted; the names are those of the answers. */
export class ConversionQuery extends FactQuery {
  /**
   * Our click id in any letter case, or the one an imported click came with
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /** @example "T-1001" */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  txid?: string;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  networkConversionId?: string;

  /** Repeated: any of them */
  @AnyOf()
  @LowerCase()
  @ApiPropertyOptional({ enum: BUCKETS, isArray: true, example: ['approved'] })
  @IsIn(BUCKETS, { each: true })
  status?: Bucket[];

  /**
   * The network's word in any letter case; repeated: any of them; empty: those without one
   * @example ["qualified"]
   */
  @AnyOf()
  @MaxLength(64, { each: true })
  rawStatus?: string[];

  /** Repeated: any of them */
  @AnyOf()
  @IsUUID(undefined, { each: true })
  offerId?: string[];

  /** Repeated: any of them; empty: those without one */
  @AnyOf()
  @Matches(UUID_OR_NONE, { each: true, message: UUID_OR_NONE_MESSAGE })
  offerSourceId?: string[];

  /**
   * In any letter case; repeated: any of them; empty: those without one
   * @example ["EUR"]
   */
  @AnyOf()
  @MaxLength(10, { each: true })
  currency?: string[];

  /** Only conversions of clicks that already had one, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  upsell?: boolean;

  /** Which time `from` and `to` are of: the conversion’s own, or its click’s as in reports */
  @ApiPropertyOptional()
  @IsIn(['click', 'conversion'])
  attribution: 'click' | 'conversion' = 'conversion';

  /** Only those of test clicks, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  test?: boolean;
}
FactFilters(ConversionQuery);
for (const name of PARAMS) {
  AnyOf()(ConversionQuery.prototype, name);
  ApiPropertyOptional({ type: [String], description: `Only this ${name}; repeated: any of them; empty: those without one` })(
    ConversionQuery.prototype,
    name,
  );
  MaxLength(255, { each: true })(ConversionQuery.prototype, name);
}

/** An admin's entry. What is not named stays. */
export class UpdateConversion {
  /** @example "approved" */
  @IfGiven()
  @IsIn(BUCKETS.filter((bucket) => bucket !== 'unmapped'))
  status?: Bucket;

  /**
   * In the conversion’s currency
   * @example "12.50"
   */
  @IfGiven()
  @Matches(PAYOUT, { message: PAYOUT_MESSAGE })
  payout?: string;

  /**
   * Why; shown in the history
   * @example "agreed with the network on the phone"
   */
  @IfGiven()
  @IsString()
  @Length(1, 500)
  @Matches(LINE, { message: LINE_MESSAGE })
  note?: string;
}

/** A conversion that no postback has brought. */
export class AddConversion {
  /**
   * Our click id, or the one an imported click came with
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  @IsString()
  @Length(1, 128)
  cid!: string;

  /** @example "approved" */
  @IsIn(BUCKETS.filter((bucket) => bucket !== 'unmapped'))
  status!: Bucket;

  /**
   * Without one the offer’s
   * @example "12.50"
   */
  @IfGiven()
  @Matches(PAYOUT, { message: PAYOUT_MESSAGE })
  payout?: string;

  /**
   * Of the payout; without one the offer’s, the source’s default or the base currency
   * @example "EUR"
   */
  @IfGiven()
  @Matches(/^[A-Za-z0-9]{3,10}$/, { message: 'currency must be 3 to 10 letters or digits' })
  currency?: string;

  /**
   * The network’s id of the sale; a click has one conversion of each
   * @example "T-1001"
   */
  @IfGiven()
  @IsString()
  @Length(1, 191)
  @Matches(LINE, { message: LINE_MESSAGE })
  txid?: string;

  /**
   * Why; shown in the history
   * @example "missing in the network’s postbacks"
   */
  @IfGiven()
  @IsString()
  @Length(1, 500)
  @Matches(LINE, { message: LINE_MESSAGE })
  note?: string;
}

/** A conversion: what the postbacks of its click have made of it. */
export class DecidedConversion {
  /** @example "01jd3q4k8m2v6x0r7t5w9y1z3b~dDpULTEwMDE" */
  id!: string;
  /**
   * The click id its first postback carried
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  cid!: string;
  /** @example "T-1001" */
  txid!: string | null;
  networkConversionId!: string | null;
  offerId!: string;
  offerSourceId!: string | null;
  /** @example "approved" */
  status!: Bucket;
  /** The sender’s word for it */
  rawStatus!: string | null;
  /** @example "10" */
  payout!: string | null;
  /** @example "EUR" */
  currency!: string | null;
  /**
   * Base-currency units for one unit of `currency`, frozen
   * @example "1.1"
   */
  rate!: string | null;
  /** @example "2026-11-23" */
  rateDate!: string | null;
  /** @example "ecb" */
  rateSource!: string | null;
  /**
   * The payout in the base currency whatever the status; null while there is no rate
   * @example "11"
   */
  payoutBase!: string | null;
  /** What was taken back while it stays approved, in `currency` */
  payoutReversed!: string;
  /** Its click already had a conversion */
  upsell!: boolean;
  /** @example "2026-11-23T14:05:09.123Z" */
  clickedAt!: string;
  /**
   * Time of the first postback applied; never moves
   * @example "2026-11-23T14:35:10.007Z"
   */
  convertedAt!: string;
  updatedAt!: string;
  /** @example { "param1": "gold" } */
  params!: Record<string, string>;
  /** @example { "event1": "9" } */
  events!: Record<string, string>;
}

export class ConversionAnswer extends DecidedConversion {
  /** Its click was made to try a link; DELETE /test-data takes it out of the figures */
  test!: boolean;
}

/** Something applied to a conversion, or refused. */
export class HistoryAnswer {
  at!: string;
  /** null: an admin’s entry */
  postbackId!: string | null;
  /** @example "updated" */
  result!: Result;
  /** @example "pending" */
  from!: Bucket | null;
  /**
   * The status after it; of a `stale_status` the one that was refused
   * @example "approved"
   */
  to!: Bucket | null;
  /** The request’s own amount */
  payout!: string | null;
  currency!: string | null;
  note!: string | null;
  warnings!: Warning[];
}

/** What conversions in one currency come to. */
export class PayoutSums {
  /** null: without an amount */
  currency!: string | null;
  count!: number;
  /** @example "125.5" */
  payout!: string;
  payoutReversed!: string;
  /** In the base currency, whatever their status */
  payoutBase!: string;
  /** What was taken back, in the base currency */
  payoutReversedBase!: string;
}

export class ConversionSums extends SumsAnswer {
  /**
   * The base currency
   * @example "USD"
   */
  currency!: string;
  payoutBase!: string;
  payoutReversedBase!: string;
  byCurrency!: PayoutSums[];
}

export class ConversionPage extends LogAnswer {
  data!: ConversionAnswer[];
  /** Only with sums=true; null when adding up takes too long */
  sums?: ConversionSums | null;
}

export class ConversionDetail extends ConversionAnswer {
  /** In the order in which it counts */
  history!: HistoryAnswer[];
}
