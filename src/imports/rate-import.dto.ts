import { IsBooleanString, IsOptional } from 'class-validator';
import { FileAnswer, FileQuery, LineError } from './file.dto.js';

export class RateImportQuery extends FileQuery {
  /**
   * false (the default): only a preview; true: the rates are stored
   * @example "false"
   */
  @IsOptional()
  @IsBooleanString()
  commit?: string;
}

export class RateImportAnswer extends FileAnswer {
  /** false: a preview, nothing is stored */
  committed!: boolean;
  /** Rates that are, or would be, stored; one of the same currency and day is replaced */
  rates!: number;
  errorCount!: number;
  /** The first 100 */
  errors!: LineError[];
}
