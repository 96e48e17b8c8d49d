import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsObject } from 'class-validator';
import { IfGiven } from '../http/fields.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';

/** A word of a network that no map knows, or that was mapped since and not reapplied. */
export class UnmappedWord {
  /** @example "qualified" */
  word!: string;
  /** null: no source */
  offerSourceId!: string | null;
  /** Requests that carried it */
  count!: number;
  /**
   * Held by conversions that are `unmapped` for it, in the base currency
   * @example "120.5"
   */
  money!: string;
  firstSeen!: string;
  lastSeen!: string;
  /**
   * What it means by now; null: still nothing. When set, reapply decides the past anew
   * @example null
   */
  mappedTo!: StatusMeaning | null;
}

export class UnmappedList {
  data!: UnmappedWord[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
  /** false: only the newest 5,000 requests with such a word were looked at; counts and money are of these */
  complete!: boolean;
}

/** The account's words, for all sources; a source's own and its template's come first. */
export class AccountStatusMap {
  /**
   * Word → pending, approved, rejected, trash, reversed, ignored or unmapped. Letter case, spaces, dashes and underscores do not count
   * @example { "qualified": "approved" }
   */
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  statusMap!: Record<string, StatusMeaning>;
}

/** Replaces the whole map. */
export class UpdateAccountStatusMap extends AccountStatusMap {
  /**
   * true: what was decided by the old map is decided anew, as a job
   * @example true
   */
  @IfGiven()
  @IsBoolean()
  reapply?: boolean;
}

export class AccountStatusMapAnswer extends AccountStatusMap {
  /** Of reapply: GET /api/v1/jobs/ID tells how far it is */
  jobId!: string | null;
}
