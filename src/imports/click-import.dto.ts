import { ApiProperty } from '@nestjs/swagger';
import { IsBooleanString, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';

export class ClickImportQuery {
  /**
   * false (the default): only a preview; true: the clicks are stored
   * @example "false"
   */
  @IsOptional()
  @IsBooleanString()
  commit?: string;

  /**
   * JSON: their header → our field
   * @example "{\"Visit time\":\"createdAt\"}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  columns?: string;

  /**
   * Of times without a zone; default UTC
   * @example "+02:00"
   */
  @IsOptional()
  @Matches(/^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/, { message: 'utcOffset must be like +02:00' })
  utcOffset?: string;

  /** Offer of rows that name none */
  @IsOptional()
  @IsUUID()
  offerId?: string;
}

/** A line that was left out. */
export class ImportError {
  /** @example 7 */
  line!: number;
  message!: string;
}

export class ClickImportAnswer {
  /** false: a preview, nothing is stored */
  committed!: boolean;
  /** Rows in the file */
  total!: number;
  new!: number;
  /** Stored before, or named twice in the file */
  existing!: number;
  /** Postbacks without a click that are decided again */
  matchedPostbacks!: number;
  errorCount!: number;
  /** The first 100 */
  errors!: ImportError[];
  /** Headers that say nothing to us */
  ignoredColumns!: string[];
  /** The first 10 rows as understood */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  sample!: Record<string, unknown>[];
}
