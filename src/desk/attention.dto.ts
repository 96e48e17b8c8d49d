import { ApiProperty } from '@nestjs/swagger';

export const ATTENTION_KINDS = [
  'unmapped_words',
  'unmatched',
  'source_silent',
  'refusals_jumped',
  'rates_missing',
  'rates_old',
  'dead_letters',
  'one_click_for_all',
  'public_url_local',
  'proxy_untrusted',
  'backup_missing',
  'strangers',
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** Something that needs attention. */
export class Attention {
  @ApiProperty({ enum: ATTENTION_KINDS })
  kind!: AttentionKind;
  /** Of what: words, postbacks, conversions, days; null where there is nothing to count */
  @ApiProperty({ type: 'integer', nullable: true })
  count!: number | null;
  /**
   * What it holds up, a decimal; null where no money is known
   * @example "125.5"
   */
  money!: string | null;
  /** Of the money */
  currency!: string | null;
  offerSourceId!: string | null;
  /** Since when, as far as is known */
  since!: string | null;
  /**
   * Where the page solves it
   * @example "/app/words"
   */
  href!: string;
}

export class AttentionAnswer {
  data!: Attention[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}
