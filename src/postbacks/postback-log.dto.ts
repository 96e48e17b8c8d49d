import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { FactQuery, LogAnswer, SumsAnswer } from '../http/page.dto.js';
import { Address, AnyOf, LowerCase } from '../http/fields.js';
import { RESULTS, type Result, type Warning, WARNINGS } from '../conversions/results.js';
import type { Bucket } from '../offer-sources/vocabulary.js';

/** Which requests are wanted; the names are those of the answers. */
export class PostbackQuery extends FactQuery {
  /**
   * As it was sent; ours in any letter case
   * @example "01jd3q4k8m2v6x0r7t5w9y1z3b"
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /** @example "rejected" */
  @IsOptional()
  @LowerCase()
  @IsIn(RESULTS)
  result?: Result;

  /** @example "bad_token" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  reason?: string;

  @IsOptional()
  @IsUUID()
  offerSourceId?: string;

  /** The source whose token came */
  @IsOptional()
  @IsUUID()
  tokenSourceId?: string;

  /** The offer without a source whose own token came */
  @IsOptional()
  @IsUUID()
  tokenOfferId?: string;

  /** All that concerned this conversion */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  conversionId?: string;

  /** One of its warnings; repeated: any of them */
  @AnyOf()
  @LowerCase()
  @ApiPropertyOptional({ enum: WARNINGS, isArray: true, example: ['unresolved_macro'] })
  @IsIn(WARNINGS, { each: true })
  warnings?: Warning[];

  /** @example "203.0.113.7" */
  @IsOptional()
  @Address()
  @IsString()
  @MaxLength(64)
  ip?: string;

  /** @example "POST" */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  method?: string;

  /**
   * true: only dead letters that were set aside; false: none of these
   * @example false
   */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  ignored?: boolean;
}

/** What a request did to a click. */
export class ChangeAnswer {
  /** null when it concerned none, such as an event before any conversion */
  conversionId!: string | null;
  /** As it stands now: a late arrival may have changed it since */
  result!: Result;
  from!: Bucket | null;
  to!: Bucket | null;
  /** The request’s own amount */
  payout!: string | null;
  currency!: string | null;
  note!: string | null;
}

/** A request as it came, with its verdict. */
export class PostbackAnswer {
  id!: string;
  /** @example "2026-11-23T14:35:10.007Z" */
  receivedAt!: string;
  /** null while it waits for its verdict */
  decidedAt!: string | null;
  /** Whose rules decided; while it waits, the source that the token named */
  offerSourceId!: string | null;
  /** The source whose token came; null: none, or an offer’s own */
  tokenSourceId!: string | null;
  /** The offer without a source whose own token came */
  tokenOfferId!: string | null;
  /** @example "01jd3q4k8m2v6x0r7t5w9y1z3b" */
  cid!: string | null;
  /** @example "GET" */
  method!: string;
  /**
   * Where it went, of a request that named no endpoint (`bad_path`)
   * @example null
   */
  path!: string | null;
  /**
   * As it was received, still encoded; the token is no part of it
   * @example "cid=01jd3q4k8m2v6x0r7t5w9y1z3b&payout=10"
   */
  query!: string;
  /**
   * Of a POST, in lower case and without parameters
   * @example null
   */
  contentType!: string | null;
  /** Of a POST, as text; a list shows its first 2 KiB */
  body!: string | null;
  ip!: string | null;
  /** @example "created" */
  result!: Result;
  /** Why it was refused or failed */
  reason!: string | null;
  /**
   * What became of it and why, in one sentence with the names and numbers of this case, and what to do
   * @example "Not counted, because it came without a token and source “My Affise network” asks for one (requireToken): paste the source's postback URL at the network, or set requireToken to false, and replay it."
   */
  explanation!: string;
  /** While it waits for its click: how long; null otherwise */
  waitsUntil!: string | null;
  /** Why a dead letter (`failed`) was set aside; null when it was not */
  ignored!: string | null;
  /** @example ["fx_old"] */
  warnings!: Warning[];
  /** The conversion it concerned */
  conversionId!: string | null;
  /** null when it changed nothing and is no part of the click’s history */
  change!: ChangeAnswer | null;
}

/** How many requests had a result. */
export class ResultSums {
  result!: Result;
  count!: number;
}

export class PostbackSums extends SumsAnswer {
  byResult!: ResultSums[];
}

export class PostbackPage extends LogAnswer {
  data!: PostbackAnswer[];
  /** Only with sums=true; null when adding up takes too long */
  sums?: PostbackSums | null;
}
