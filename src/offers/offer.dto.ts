import { PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';
import { PAYOUT, PAYOUT_MESSAGE } from '../lib/amount.js';
import { AnyOf, IfGiven, LINE, LINE_MESSAGE, NotBlank, QueryBoolean, LowerCase } from '../http/fields.js';
import { PageQuery } from '../http/page.dto.js';
import { OFFER_STATUSES, PAYOUT_MODES, type OfferStatus, type PayoutMode } from './offer.entity.js';
import { DUPLICATE_MODES, type DuplicateMode } from '../offer-sources/vocabulary.js';

const COUNTRY = /^[A-Za-z]{2}$/;
const COUNTRY_MESSAGE = 'country must be two letters (ISO 3166-1) such as DE';
const MAX_URL = 4_000;

/** A new offer. */
export class CreateOffer {
  /** @example "Red shoes DE" */
  @NotBlank()
  @IsString()
  @Length(1, 200)
  @Matches(LINE, { message: LINE_MESSAGE })
  name!: string;

  /**
   * Where visitors are sent, http or https; macros may stand in path, query and fragment (GET /api/v1/macros)
   * @example "https://shop.example/shoes?aff_sub={clickid}"
   */
  @IsString()
  @Length(1, MAX_URL)
  url!: string;

  /** The source of yours whose link parameter and postback URL it uses; null: it has a postback URL with a token of its own */
  @IsOptional()
  @IsUUID()
  offerSourceId?: string | null;

  /**
   * Our parameter → text in the network’s terms; overrides the source’s rows one by one, an empty text leaves the row out
   * @example { "payout": "12.5" }
   */
  @IfGiven()
  @IsObject()
  linkBuilder?: Record<string, string>;

  /**
   * `auto`: the postback’s payout, else the offer’s; `fixed`: always the offer’s; default auto
   * @example "auto"
   */
  @IfGiven()
  @IsIn(PAYOUT_MODES)
  payoutMode?: PayoutMode;

  /**
   * Decimal as text, below 10¹⁵, at most 18 places
   * @example "12.5"
   */
  @IsOptional()
  @Matches(PAYOUT, { message: PAYOUT_MESSAGE })
  payout?: string | null;

  /**
   * Of the offer’s payout: 3 to 10 letters or digits; null: the source’s default, else the base currency
   * @example "USD"
   */
  @IsOptional()
  @Matches(/^[A-Za-z0-9]{3,10}$/, { message: 'currency must be 3 to 10 letters or digits' })
  currency?: string | null;

  /**
   * ISO 3166-1, two letters; a note for you, nothing is filtered by it
   * @example "DE"
   */
  @IsOptional()
  @Matches(COUNTRY, { message: COUNTRY_MESSAGE })
  country?: string | null;

  /** @example ["shoes", "q4"] */
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique({ message: 'tags must not repeat' })
  @IsString({ each: true })
  @Length(1, 50, { each: true })
  @Matches(LINE, { each: true, message: LINE_MESSAGE })
  tags?: string[];

  /**
   * Only active offers redirect; conversions of paused and archived ones still count; default active
   * @example "active"
   */
  @IfGiven()
  @IsIn(OFFER_STATUSES)
  status?: OfferStatus;

  /**
   * Instead of the source’s; null: the source’s
   * @example "new"
   */
  @IsOptional()
  @IsIn(DUPLICATE_MODES)
  duplicateMode?: DuplicateMode | null;

  /**
   * Where visitors are sent while the offer is paused or archived; without it they get a 404. Kept as a browser would write it
   * @example "https://shop.example/"
   */
  @IsOptional()
  @IsString()
  @Length(1, MAX_URL)
  fallbackUrl?: string | null;
}

/** What changes. A field given replaces the whole field, `linkBuilder` and `tags` included. */
export class UpdateOffer extends PartialType(CreateOffer, { skipNullProperties: false }) {}

const Tags = (): PropertyDecorator => (target, name) => {
  for (const decorator of [
    IfGiven(),
    IsArray(),
    ArrayMaxSize(50),
    ArrayUnique({ message: '$property must not repeat' }),
    IsString({ each: true }),
    Length(1, 50, { each: true }),
    Matches(LINE, { each: true, message: LINE_MESSAGE }),
  ])
    decorator(target, name);
};

/** The same change of several offers, all of them or none. */
export class UpdateOffers {
  /** @example ["01973b52-b111-7f02-8c4e-52a1d8e6f301"] */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ArrayUnique({ message: 'ids must not repeat' })
  @IsUUID(undefined, { each: true })
  ids!: string[];

  /** @example "paused" */
  @IfGiven()
  @IsIn(OFFER_STATUSES)
  status?: OfferStatus;

  /**
   * Beside those that an offer has
   * @example ["q4"]
   */
  @Tags()
  addTags?: string[];

  /** @example ["q3"] */
  @Tags()
  removeTags?: string[];
}

/** Which offers are wanted. */
export class OfferQuery extends PageQuery {
  /**
   * Part of the name, in any letter case
   * @example "shoes"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;

  /** @example "active" */
  @IsOptional()
  @LowerCase()
  @IsIn(OFFER_STATUSES)
  status?: OfferStatus;

  /** @example "01973b50-3c20-7a10-9d2b-0f4c6b8e7d12" */
  @IsOptional()
  @IsUUID()
  offerSourceId?: string;

  /**
   * What stands in its tracking link, in any letter case
   * @example "k3v9x0c2ap"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @Matches(LINE, { message: LINE_MESSAGE })
  key?: string;

  /** @example "fixed" */
  @IsOptional()
  @IsIn(PAYOUT_MODES)
  payoutMode?: PayoutMode;

  /**
   * In any letter case
   * @example "EUR"
   */
  @IsOptional()
  @IsString()
  @MaxLength(10)
  @Matches(LINE, { message: LINE_MESSAGE })
  currency?: string;

  /** @example "sum" */
  @IsOptional()
  @IsIn(DUPLICATE_MODES)
  duplicateMode?: DuplicateMode;

  /** The same as `tag`; repeated: any of them */
  @AnyOf()
  @MaxLength(50, { each: true })
  tags?: string[];

  /**
   * One of its tags
   * @example "shoes"
   */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  @Matches(LINE, { message: LINE_MESSAGE })
  tag?: string;

  /** @example "DE" */
  @IsOptional()
  @Matches(COUNTRY, { message: COUNTRY_MESSAGE })
  country?: string;

  /**
   * true: archived ones as well; they are left out otherwise, unless `status` asks for them
   * @example true
   */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean({ message: 'archived must be true or false' })
  archived?: boolean;
}

/** A macro of a URL: `url.slice(start, end)`, braces included. */
export class OfferMacro {
  /** @example "clickid" */
  name!: string;
  /** @example 35 */
  start!: number;
  /** @example 44 */
  end!: number;
  /** @example true */
  known!: boolean;
}

/** An offer. */
export class OfferAnswer {
  /** @example "01973b52-b111-7f02-8c4e-52a1d8e6f301" */
  id!: string;
  /**
   * Names it in its tracking link
   * @example "k7x2m9q4wd"
   */
  key!: string;
  /** @example "Red shoes DE" */
  name!: string;
  /** @example "https://shop.example/shoes?aff_sub={clickid}" */
  url!: string;
  /** @example "01973b50-3c20-7a10-9d2b-0f4c6b8e7d12" */
  offerSourceId!: string | null;
  /** @example { "payout": "12.5" } */
  linkBuilder!: Record<string, string>;
  /** @example "auto" */
  payoutMode!: PayoutMode;
  /** @example "12.5" */
  payout!: string | null;
  /** @example "USD" */
  currency!: string | null;
  /** @example "DE" */
  country!: string | null;
  /** @example ["shoes", "q4"] */
  tags!: string[];
  /** @example "active" */
  status!: OfferStatus;
  /** @example "new" */
  duplicateMode!: DuplicateMode | null;
  /** @example "https://shop.example/" */
  fallbackUrl!: string | null;
  /**
   * To advertise
   * @example "https://track.example/c/k7x2m9q4wd"
   */
  trackingUrl!: string;
  /**
   * To paste into the network: its source’s with the offer’s rows in place; of an offer without a source, with a token of its own, which names the offer. null when its token cannot be read (see warnings), and for a role that only reads
   * @example "https://track.example/postback/3q2-7wABCDEFGHIJKLMNOP?cid={aff_sub}&payout=12.5"
   */
  postbackUrl!: string | null;
  /** Those in `url`, in order */
  macros!: OfferMacro[];
  /**
   * What is likely to go wrong, in plain sentences
   * @example []
   */
  warnings!: string[];
  /** @example "2026-11-23T14:05:09.123Z" */
  createdAt!: string;
  /** @example "2026-11-23T14:05:09.123Z" */
  updatedAt!: string;
  /**
   * Counts the changes; also the ETag
   * @example 1
   */
  version!: number;
}

export class OfferPage {
  data!: OfferAnswer[];
  /** @example null */
  nextCursor!: string | null;
}

/** A URL to try. */
export class PreviewOffer {
  /** @example "https://shop.example/{countrycode}?aff_sub={clickid}" */
  @IsString()
  @Length(1, MAX_URL)
  url!: string;

  /** The source of yours that adds its link parameter */
  @IsOptional()
  @IsUUID()
  offerSourceId?: string | null;
}

/** Where a sample click would be sent. */
export class OfferPreview {
  /** @example "https://shop.example/DE?aff_sub=01jwnv5c8he1x8rk2m4p6q7s9t" */
  url!: string;
  /** Those in the `url` given, in order */
  macros!: OfferMacro[];
  /** @example [] */
  warnings!: string[];
}

/** A macro that offer URLs may hold. */
export class MacroAnswer {
  /** @example "clickid" */
  name!: string;
  /** @example "Our click id, which the network must send back" */
  description!: string;
  /** @example "01jwnv5c8he1x8rk2m4p6q7s9t" */
  sample!: string;
}

export class MacroList {
  data!: MacroAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}

export class OffersChanged {
  /** In the order of `ids` */
  data!: OfferAnswer[];
}
