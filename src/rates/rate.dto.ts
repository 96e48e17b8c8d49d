import { RATE, RATE_MESSAGE } from './rate-table.js';
import { IsOptional, Matches } from 'class-validator';

/** A rate set by hand; it wins over every other source of its day. */
export class NewRate {
  /**
   * 3 to 10 letters or digits
   * @example "USDT"
   */
  @Matches(/^[A-Za-z0-9]{3,10}$/, { message: 'currency must be 3 to 10 letters or digits' })
  currency!: string;

  /**
   * Units of the base currency for one unit; 18 significant digits count
   * @example "0.9998"
   */
  @Matches(RATE, { message: `${RATE_MESSAGE}, as text` })
  rate!: string;

  /**
   * UTC day from which it holds; default today
   * @example "2026-11-23"
   */
  @IsOptional()
  @Matches(/^\d{4}-\d\d-\d\d$/, { message: 'day must be YYYY-MM-DD' })
  day?: string;
}

/** A rate in force. */
export class RateAnswer {
  /** @example "EUR" */
  currency!: string;
  /**
   * Units of the base currency for one unit
   * @example "1.085"
   */
  rate!: string;
  /**
   * UTC day the rate is of
   * @example "2026-11-20"
   */
  day!: string;
  /**
   * manual, csv, ecb, bundled or base
   * @example "ecb"
   */
  source!: string;
}

export class RateList {
  data!: RateAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
  /** @example "USD" */
  baseCurrency!: string;
  /** Days since the newest published rate; null without one. */
  ageDays!: number | null;
}
