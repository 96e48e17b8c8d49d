import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { LINE, LINE_MESSAGE } from '../http/fields.js';

export const FOUND_KINDS = ['click', 'conversion', 'offer', 'offer_source'] as const;
export type FoundKind = (typeof FOUND_KINDS)[number];

export class SearchQuery {
  /**
   * Part of a name of an offer or an offer source, an offer's key, a click id, a txid, or a network's conversion id
   * @example "shoes"
   */
  @IsString()
  @Length(1, 255)
  @Matches(LINE, { message: LINE_MESSAGE })
  q!: string;
}

export class Found {
  @ApiProperty({ enum: FOUND_KINDS })
  kind!: FoundKind;
  /** @example "019abc12-3456-7890-8abc-def012345678" */
  id!: string;
  /** @example "Red shoes DE" */
  label!: string;
  /**
   * Where the page shows it
   * @example "/app/offers/019abc12-3456-7890-8abc-def012345678"
   */
  href!: string;
}

export class SearchAnswer {
  /** Clicks and conversions by their ids first, then names; at most 10 of a kind */
  data!: Found[];
}
