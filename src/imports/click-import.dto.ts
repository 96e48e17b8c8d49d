import { ApiProperty } from '@nestjs/swagger';
import { IsBooleanString, IsOptional, IsUUID } from 'class-validator';
import { FileAnswer, FileQuery, LineError } from './file.dto.js';

export class ClickImportQuery extends FileQuery {
  /**
   * false (the default): only a preview; true: the clicks are stored
   * @example "false"
   */
  @IsOptional()
  @IsBooleanString()
  commit?: string;

  /**
   * Of a commit. true (the default): the answer comes when the file is stored; false: at once (202), with a jobId whose
   * job says how far it is and has this answer as its result
   * @example "true"
   */
  @IsOptional()
  @IsBooleanString()
  wait?: string;

  /** Offer of rows that name none */
  @IsOptional()
  @IsUUID()
  offerId?: string;
}

export class ClickImportAnswer extends FileAnswer {
  /** false: a preview, nothing is stored */
  committed!: boolean;
  /** preview; done: all is stored; active: the job goes on */
  @ApiProperty({ enum: ['preview', 'active', 'done'] })
  state!: 'preview' | 'active' | 'done';
  /** Of a commit: GET /api/v1/jobs/{id} says how far it is, and in the end this answer as its result */
  @ApiProperty({ type: String, nullable: true })
  jobId!: string | null;
  /** Rows in the file */
  total!: number;
  new!: number;
  /** Stored before, or named twice in the file */
  existing!: number;
  /** Postbacks without a click that are decided again */
  matchedPostbacks!: number;
  errorCount!: number;
  /** The first 100 */
  errors!: LineError[];
  /** The first 10 rows as understood */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  sample!: Record<string, unknown>[];
}
