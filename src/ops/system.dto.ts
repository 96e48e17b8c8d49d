import { ApiProperty } from '@nestjs/swagger';
import { LEVELS, type Level } from './doctor.js';

/** Something a tracker needs, and how it stands. */
export class FindingAnswer {
  /** `fail`: mend it; `warn`: it works and needs attention */
  @ApiProperty({ enum: LEVELS })
  level!: Level;
  /** @example "connections" */
  what!: string;
  /**
   * What was found, and what to do about it
   * @example "22 at most for this set-up, 97 allowed, 13 in use"
   */
  detail!: string;
}

export class DoctorAnswer {
  data!: FindingAnswer[];
}

/** How long facts are kept. */
export class RetentionAnswer {
  /**
   * RETENTION_CLICKS_DAYS; null: for ever
   * @example 365
   */
  @ApiProperty({ type: 'integer', nullable: true })
  clicksDays!: number | null;
  /**
   * RETENTION_POSTBACKS_DAYS; null: for ever
   * @example 90
   */
  @ApiProperty({ type: 'integer', nullable: true })
  postbacksDays!: number | null;
  /**
   * RETENTION_STATISTICS_DAYS, how long figures outlive their clicks; null: as clicks
   * @example 1095
   */
  @ApiProperty({ type: 'integer', nullable: true })
  statisticsDays!: number | null;
  /**
   * The oldest click there is
   * @example "2026-01-01T00:00:03.120Z"
   */
  oldestClick!: string | null;
  /**
   * The oldest request in the postback log
   * @example "2026-10-01T04:11:52.007Z"
   */
  oldestPostback!: string | null;
}
