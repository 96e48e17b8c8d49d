import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

export const FILE_KINDS = ['clicks', 'conversions', 'statement', 'rates'] as const;

export class InspectQuery {
  /** What the file is of */
  @IsIn(FILE_KINDS)
  @ApiProperty({ enum: FILE_KINDS })
  kind!: (typeof FILE_KINDS)[number];

  /** Of conversions and statements: whose parameter aliases are known as well */
  @IsOptional()
  @IsUUID()
  offerSourceId?: string;

  /**
   * JSON: their header → our field, null for a column that is not to be read
   * @example "{\"Sub 1\":\"cid\"}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(8_000)
  columns?: string;

  /**
   * Of a file that is neither UTF-8 nor UTF-16
   * @example "windows-1251"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  encoding?: string;
}

export class InspectAnswer {
  /** @example "utf-8" */
  encoding!: string;
  /** @example ";" */
  delimiter!: string;
  /** As they stand in the file */
  headers!: string[];
  /**
   * Header → field
   * @example { "Click ID": "cid" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  columns!: Record<string, string>;
  ignoredColumns!: string[];
  /** Fields without which the file cannot be imported, and for which it has no column */
  missing!: string[];
  /** Every field that a column can be mapped to */
  fields!: string[];
  notes!: string[];
  /** The values of the first 10 lines, by column */
  @ApiProperty({ type: 'array', items: { type: 'array', items: { type: 'string' } } })
  lines!: string[][];
}
