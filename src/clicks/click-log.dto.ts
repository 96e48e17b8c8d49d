import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { Address, AnyOf, QueryBoolean, UUID_OR_NONE, UUID_OR_NONE_MESSAGE } from '../http/fields.js';
import { FactQuery, LogAnswer, SumsAnswer } from '../http/page.dto.js';
import type { ClickWarning } from './click-facts.js';
import { FactFilters } from './fact-filters.dto.js';

/** Which clicks are wanted; the names are those of the answers. */
export class ClickQuery extends FactQuery {
  /**
   * Our click id in any letter case, or the one an imported click came with
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /** Repeated: any of them */
  @AnyOf()
  @IsUUID(undefined, { each: true })
  offerId?: string[];

  /** Repeated: any of them; empty: those without one */
  @AnyOf()
  @Matches(UUID_OR_NONE, { each: true, message: UUID_OR_NONE_MESSAGE })
  offerSourceId?: string[];

  /**
   * The address as IP_MODE has it kept, or as it came
   * @example "203.0.113.7"
   */
  @IsOptional()
  @Address()
  @IsString()
  @MaxLength(64)
  ip?: string;

  /** First of their UTC day, or not */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  unique?: boolean;

  /** Only robots’ clicks, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  bot?: boolean;

  /** Only those of test clicks, or none of them */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean()
  test?: boolean;
}
FactFilters(ClickQuery);

/** A click as it was stored; a fact that is not known is null. */
export class ClickAnswer {
  /** @example "01jd3q4k8m2v6x0r7t5w9y1z3b" */
  cid!: string;
  offerId!: string;
  /** The offer’s source at the time of the click */
  offerSourceId!: string | null;
  /** @example "2026-11-23T14:05:09.123Z" */
  createdAt!: string;
  /** The traffic source’s own click id */
  externalId!: string | null;
  source!: string | null;
  keyword!: string | null;
  /**
   * What the click cost, in `costCurrency`
   * @example "0.05"
   */
  cost!: string | null;
  /** @example "USD" */
  costCurrency!: string | null;
  /** The cost in the base currency; null while there is no rate */
  costBase!: string | null;
  /** @example "DE" */
  country!: string | null;
  region!: string | null;
  city!: string | null;
  isp!: string | null;
  /** @example "mobile" */
  device!: string | null;
  deviceBrand!: string | null;
  deviceModel!: string | null;
  /** @example "Android" */
  os!: string | null;
  osVersion!: string | null;
  /** @example "Chrome" */
  browser!: string | null;
  browserVersion!: string | null;
  /** @example "de" */
  language!: string | null;
  referrer!: string | null;
  referrerDomain!: string | null;
  /** As `IP_MODE` lets it be kept */
  ip!: string | null;
  userAgent!: string | null;
  /** Where the visitor was sent */
  landingUrl!: string | null;
  /** First of its UTC day for this visitor and offer */
  unique!: boolean;
  /** Why it is taken for a bot; null when it is not */
  bot!: string | null;
  /** It was made to try a link; DELETE /test-data takes it out of the figures */
  test!: boolean;
  /** The id it had with the tracker it was imported from */
  importedCid!: string | null;
  /**
   * What was odd about its link: `bad_cost`, a cost that could not be read and is absent; `ambiguous_amount`, one whose dot or comma was taken to group thousands; `repaired_url`, names that HTML had spoilt (`&amp;`)
   * @example ["bad_cost"]
   */
  warnings!: ClickWarning[];
  // sub1 … sub20 are declared below: fields only where the click has them.
}
for (let n = 1; n <= 20; n++)
  ApiPropertyOptional({ type: String, ...(n === 1 ? { example: 'banner-7' } : {}) })(ClickAnswer.prototype, `sub${n}`);

/** What clicks in one currency cost. */
export class CostSums {
  /** null: without a cost */
  currency!: string | null;
  count!: number;
  /** @example "12.5" */
  cost!: string;
  /** In the base currency */
  costBase!: string;
}

export class ClickSums extends SumsAnswer {
  /**
   * The base currency
   * @example "USD"
   */
  currency!: string;
  /** In the base currency */
  costBase!: string;
  byCurrency!: CostSums[];
}

export class ClickPage extends LogAnswer {
  data!: ClickAnswer[];
  /** Only with sums=true; null when adding up takes too long */
  sums?: ClickSums | null;
}
