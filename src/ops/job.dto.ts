import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../http/page.dto.js';
import { JOB_STATES, type JobKind, type JobState } from '../queues/jobs.service.js';

const KINDS = ['reapply', 'replay', 'fx-pending', 'import'] as const satisfies JobKind[];

/** Which jobs are wanted. */
export class JobQuery extends PageQuery {
  /** @example "replay" */
  @IsOptional()
  @IsIn(KINDS)
  kind?: JobKind;

  /** @example "active" */
  @IsOptional()
  @IsIn(JOB_STATES)
  state?: JobState;
}

/** A long job and how far it is. */
export class JobAnswer {
  id!: string;
  /** @example "reapply" */
  @ApiProperty({ enum: KINDS })
  kind!: JobKind;
  @ApiProperty({ enum: JOB_STATES })
  state!: JobState;
  /** @example 200 */
  done!: number;
  /** null until it is known */
  total!: number | null;
  /** Counts, when it is done */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  result!: Record<string, unknown> | null;
  error!: string | null;
  createdAt!: string;
  finishedAt!: string | null;
}

export class JobPage {
  data!: JobAnswer[];
  nextCursor!: string | null;
}
