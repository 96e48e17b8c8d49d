import { ApiProperty } from '@nestjs/swagger';
import { JOB_STATES, type JobKind, type JobState } from '../queues/jobs.service.js';

/** A long job and how far it is. */
export class JobAnswer {
  id!: string;
  /** @example "reapply" */
  @ApiProperty({ enum: ['reapply', 'replay', 'fx-pending', 'import'] })
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
