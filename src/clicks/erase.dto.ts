import { IsBoolean, IsIP, IsOptional, IsString, Length, Matches } from 'class-validator';
import { Address } from '../http/fields.js';

/** Whose data: exactly one of the three. */
export class Erasure {
  /** A click id, ours or an imported one, such as 01jd3q4k8m2v6x0r7t5w9y1z3b */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.-]{1,128}$/, { message: 'cid must be a click id' })
  cid?: string;

  /** An address such as 203.0.113.7 */
  @IsOptional()
  @Address()
  @IsIP()
  ip?: string;

  /**
   * The visitor's id that links carried as `externalid`
   * @example "user-7"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  externalId?: string;

  /**
   * Only count what would be erased
   * @default false
   */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;

  /**
   * Erase an address though it looks like a proxy's, whose visitors are many
   * @default false
   */
  @IsOptional()
  @IsBoolean()
  force?: boolean;
}

/** How many rows lost personal data, or would lose it. */
export class ErasureAnswer {
  clicks!: number;
  conversions!: number;
  postbacks!: number;
  /** What is not erased, since figures and replays stand on it */
  leaves!: string;
  /** Of a dry run: why it would be refused without `force` */
  warning?: string;
}
