import { PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IfGiven, LINE, LINE_MESSAGE, NotBlank, QueryBoolean } from '../http/fields.js';
import { PageQuery } from '../http/page.dto.js';
import { STATUS_MEANINGS } from './source-rules.js';
import { DUPLICATE_MODES, type DuplicateMode, type StatusMeaning, TRANSITION_POLICIES, type TransitionPolicy } from './vocabulary.js';

/** A new offer source. What is not given comes from the template, else from the defaults. */
export class CreateOfferSource {
  /** @example "My Affise network" */
  @NotBlank()
  @IsString()
  @Length(1, 200)
  @Matches(LINE, { message: LINE_MESSAGE })
  name!: string;

  /**
   * Key of a network (GET /api/v1/networks), which fills in all it knows; default `custom`, which knows nothing
   * @example "affise"
   */
  @IfGiven()
  @IsString()
  @MaxLength(64)
  template?: string;

  /**
   * The network’s link parameter that carries our click id; empty when it has none
   * @example "sub1"
   */
  @IfGiven()
  @Matches(/^[^\s&#=?\p{Cc}\p{Cs}]{0,64}$/u, { message: 'cidParameter must be a parameter name of at most 64 characters' })
  cidParameter?: string;

  /**
   * What stands after `{url}` is added to the URL of every offer of the source; default `{url}?{cidParameter}={clickid}`
   * @example "{url}?{cidParameter}={clickid}"
   */
  @IfGiven()
  @IsString()
  @MaxLength(1_000)
  offerUrlTemplate?: string;

  /**
   * Our parameter → text in the network’s terms: a macro, several, or a constant. Rows: cid, payout, status, txid, currency, conversion_id, param1 to param20, event1 to event30, add_event1 to add_event30. Rows given here override the template’s one by one
   * @example { "cid": "{sub1}", "payout": "{sum}", "status": "{status}" }
   */
  @IfGiven()
  @IsObject()
  linkBuilder?: Record<string, string>;

  /**
   * The network’s word → pending, approved, rejected, trash, reversed, ignored or unmapped. Letter case, spaces, dashes and underscores do not count. Words given here override the template’s one by one
   * @example { "ftd": "approved", "reg": "pending" }
   */
  @IfGiven()
  @IsObject()
  statusMap?: Record<string, StatusMeaning>;

  /**
   * What a postback without a status means; default approved
   * @example "approved"
   */
  @IfGiven()
  @IsIn(STATUS_MEANINGS)
  defaultStatus?: StatusMeaning;

  /**
   * Of payouts that come without one: 3 to 10 letters or digits
   * @example "USD"
   */
  @IsOptional()
  @Matches(/^[A-Za-z0-9]{3,10}$/, { message: 'defaultCurrency must be 3 to 10 letters or digits' })
  defaultCurrency?: string | null;

  /**
   * What a further postback of a click without a txid does; default update
   * @example "update"
   */
  @IfGiven()
  @IsIn(DUPLICATE_MODES)
  duplicateMode?: DuplicateMode;

  /**
   * Identical requests within so many seconds are retries; default 600
   * @example 600
   */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(86_400)
  retryWindowSeconds?: number;

  /**
   * `guarded` refuses status changes that look stale, `latest` takes every one; default guarded
   * @example "guarded"
   */
  @IfGiven()
  @IsIn(TRANSITION_POLICIES)
  transitionPolicy?: TransitionPolicy;

  /**
   * `signed`: a negative amount on an approved conversion is a reversal; default absolute
   * @example "absolute"
   */
  @IfGiven()
  @IsIn(['absolute', 'signed'])
  amountSign?: 'absolute' | 'signed';

  /**
   * Clicks older than so many days make no new conversions; null: never
   * @example 30
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3_650)
  clickExpiryDays?: number | null;

  /**
   * Whether a request with events alone makes a conversion; default false
   * @example false
   */
  @IfGiven()
  @IsBoolean()
  eventMakesConversion?: boolean;

  /**
   * Addresses and CIDR ranges, v4 and v6, that may send postbacks, such as 203.0.113.0/24 or 2001:db8::/32; empty: any
   * @example []
   */
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  allowedIps?: string[];

  /**
   * Whether postbacks must come with the token of the source’s `postbackUrl`, so that whoever sees a click id in an address bar cannot make conversions; false: the global URL counts too. Default true
   * @example true
   */
  @IfGiven()
  @IsBoolean()
  requireToken?: boolean;

  /**
   * Body of the answer to a stored postback; null: OK
   * @example "OK"
   */
  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,64}$/, { message: 'successBody must be 1 to 64 printable ASCII characters' })
  successBody?: string | null;

  /**
   * The network’s parameter → ours, for networks whose parameters cannot be named freely
   * @example { "goal_value": "payout" }
   */
  @IfGiven()
  @IsObject()
  parameterAliases?: Record<string, string>;

  /**
   * How bytes that are no UTF-8 are read: the name of an encoding such as windows-1251, koi8-r or latin1. null: windows-1251 where most of them are letters there, else latin1
   * @example "windows-1251"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  legacyEncoding?: string | null;

  /**
   * Whether its postbacks count; those of a disabled source are stored and can be replayed; default true
   * @example true
   */
  @IfGiven()
  @IsBoolean()
  enabled?: boolean;
}

/** What changes. A field given replaces the whole field, `linkBuilder` and `statusMap` included. */
export class UpdateOfferSource extends PartialType(CreateOfferSource, { skipNullProperties: false }) {
  /**
   * true: what was decided by the old statusMap is decided anew, as a job
   * @example true
   */
  @IfGiven()
  @IsBoolean()
  reapply?: boolean;

  /**
   * false brings an archived source back
   * @example false
   */
  @IfGiven()
  @IsBoolean()
  archived?: boolean;
}

/** Which offer sources are wanted. */
export class OfferSourceQuery extends PageQuery {
  /**
   * Part of the name, in any letter case
   * @example "affise"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;

  /**
   * Key of a network
   * @example "affise"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @Matches(LINE, { message: LINE_MESSAGE })
  template?: string;

  /** @example "sub1" */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @Matches(LINE, { message: LINE_MESSAGE })
  cidParameter?: string;

  /**
   * In any letter case
   * @example "EUR"
   */
  @IsOptional()
  @IsString()
  @MaxLength(10)
  @Matches(LINE, { message: LINE_MESSAGE })
  defaultCurrency?: string;

  /** @example "sum" */
  @IsOptional()
  @IsIn(DUPLICATE_MODES)
  duplicateMode?: DuplicateMode;

  /** @example "latest" */
  @IsOptional()
  @IsIn(TRANSITION_POLICIES)
  transitionPolicy?: TransitionPolicy;

  /** @example true */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean({ message: 'enabled must be true or false' })
  enabled?: boolean;

  /**
   * true: archived ones as well; they are left out otherwise
   * @example true
   */
  @IsOptional()
  @QueryBoolean()
  @IsBoolean({ message: 'archived must be true or false' })
  archived?: boolean;
}

/** The constant status of a URL, for networks without a status macro. */
export class StatusUrl {
  /** @example "approved" */
  status!: StatusMeaning;
  /** @example "https://track.example/postback/3q2-7wABCDEFGHIJKLMNOP?cid={sub1}&payout={sum}&status=approved" */
  url!: string;
}

/** An offer source. */
export class OfferSourceAnswer {
  /** @example "01973b50-3c20-7a10-9d2b-0f4c6b8e7d12" */
  id!: string;
  /** @example "My Affise network" */
  name!: string;
  /** @example "affise" */
  template!: string;
  /** @example "sub1" */
  cidParameter!: string;
  /** @example "{url}?{cidParameter}={clickid}" */
  offerUrlTemplate!: string;
  /** @example { "cid": "{sub1}", "payout": "{sum}", "status": "{status}" } */
  linkBuilder!: Record<string, string>;
  /** @example { "1": "approved", "2": "pending", "3": "rejected" } */
  statusMap!: Record<string, StatusMeaning>;
  /** @example "approved" */
  defaultStatus!: StatusMeaning;
  /** @example "USD" */
  defaultCurrency!: string | null;
  /** @example "update" */
  duplicateMode!: DuplicateMode;
  /** @example 600 */
  retryWindowSeconds!: number;
  /** @example "guarded" */
  transitionPolicy!: TransitionPolicy;
  /** @example "absolute" */
  amountSign!: 'absolute' | 'signed';
  /** @example 30 */
  clickExpiryDays!: number | null;
  /** @example false */
  eventMakesConversion!: boolean;
  /** @example [] */
  allowedIps!: string[];
  /** @example true */
  requireToken!: boolean;
  /** @example "OK" */
  successBody!: string | null;
  /** @example { "goal_value": "payout" } */
  parameterAliases!: Record<string, string>;
  /** @example "windows-1251" */
  legacyEncoding!: string | null;
  /** @example true */
  enabled!: boolean;
  /** @example false */
  archived!: boolean;
  /**
   * Ready to paste into the network, macros unescaped; null when its token cannot be read (see warnings), and for a role that only reads
   * @example "https://track.example/postback/3q2-7wABCDEFGHIJKLMNOP?cid={sub1}&payout={sum}&status={status}"
   */
  postbackUrl!: string | null;
  /** One per status, for a network without a status macro; else empty. null for a role that only reads */
  postbackUrls!: StatusUrl[] | null;
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
  /** Of a PATCH with reapply: GET /api/v1/jobs/ID tells how far it is */
  jobId?: string;
}

export class OfferSourcePage {
  data!: OfferSourceAnswer[];
  /** @example null */
  nextCursor!: string | null;
}

/** A change of the token in the postback URL. */
export class RotateToken {
  /**
   * For how many hours the tokens in use stay valid; 0: they end at once; default 72
   * @example 72
   */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(8_760)
  graceHours?: number;
}

/** A valid token; itself it stands in the postback URL only. */
export class TokenAnswer {
  /** @example "01973b50-3c20-7a10-9d2b-0f4c6b8e7d13" */
  id!: string;
  /** @example "2026-11-23T14:05:09.123Z" */
  createdAt!: string;
  /**
   * null: the one in use
   * @example null
   */
  expiresAt!: string | null;
}

export class RotatedToken {
  /** Valid ones, newest first */
  tokens!: TokenAnswer[];
  /**
   * With the new token
   * @example "https://track.example/postback/3q2-7wABCDEFGHIJKLMNOP?cid={sub1}&payout={sum}&status={status}"
   */
  postbackUrl!: string | null;
  /** One per status, for a network without a status macro; else empty */
  postbackUrls!: StatusUrl[] | null;
}

/** What DELETE did. */
export class Removal {
  /** @example "01973b50-3c20-7a10-9d2b-0f4c6b8e7d12" */
  id!: string;
  /**
   * `archived` where clicks, postbacks or others refer to it, else `deleted`
   * @example "archived"
   */
  result!: 'archived' | 'deleted';
}

/** A postback URL whose status is a constant. */
export class NetworkVariantAnswer {
  /** @example "approved" */
  status!: StatusMeaning;
  /** @example "approved" */
  word!: string;
  /**
   * Where at the network the URL is to be pasted
   * @example "Approved conversions"
   */
  label!: string;
}

/** What is known of a network; nothing of it was verified against a live one. */
export class NetworkAnswer {
  /** @example "affise" */
  key!: string;
  /** @example "Affise" */
  name!: string;
  /** @example "sub1" */
  cidParameter!: string;
  /** @example "{url}?{cidParameter}={clickid}" */
  offerUrlTemplate!: string;
  /** @example { "cid": "{sub1}", "payout": "{sum}", "status": "{status}" } */
  linkBuilder!: Record<string, string>;
  /** For networks without a status macro: one URL each */
  variants!: NetworkVariantAnswer[];
  /** @example { "1": "approved", "2": "pending" } */
  statusMap!: Record<string, StatusMeaning>;
  /** @example "approved" */
  defaultStatus!: StatusMeaning;
  /** @example "USD" */
  defaultCurrency!: string | null;
  /** @example "absolute" */
  amountSign!: 'absolute' | 'signed';
  /**
   * The body the network wants to see
   * @example "OK"
   */
  answer!: string | null;
  /**
   * Addresses its postbacks were seen from
   * @example ["203.0.113.7"]
   */
  knownIps!: string[];
  /**
   * Link parameter → the most characters it takes
   * @example { "s1": 50 }
   */
  limits!: Record<string, number>;
  /** @example "https://docs.network.example/postbacks" */
  docs!: string | null;
  /**
   * What sources say differently; not empty: the template is disputed
   * @example []
   */
  disputed!: string[];
  /** @example [] */
  notes!: string[];
}

export class NetworkList {
  data!: NetworkAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}
