import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.js';
import { JobsService } from '../queues/jobs.service.js';
import { CatalogService } from '../offer-sources/catalog.service.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { sourceErrors, tidySource } from '../offer-sources/source-rules.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';
import { ReadsService } from '../db/reads.service.js';
import { MeaningsService } from './meanings.service.js';
import type { AccountStatusMap, AccountStatusMapAnswer, UnmappedList, UnmappedWord, UpdateAccountStatusMap } from './statuses.dto.js';

/** So many requests are looked at, the newest: their conversions are looked up one by one. */
const MOST = 5_000;

/**
 * Words that no map knew when they came; the index conversion_history_unmapped_idx holds just these rows. A
 * conversion's money is its last word's.
 */
const UNMAPPED = `
  SELECT "offerSourceId", mode() WITHIN GROUP (ORDER BY lower(raw)) AS word, sum(count)::int AS count, min(first) AS "firstSeen", max(last) AS "lastSeen",
    trim_scale(sum(money))::text AS money
  FROM (
    SELECT h.offer_source_id AS "offerSourceId", h.raw, count(*) AS count, min(h.received_at) AS first, max(h.received_at) AS last, coalesce(sum(c.payout_base), 0) AS money
    FROM (
      SELECT *, row_number() OVER (PARTITION BY click_id, conversion_key ORDER BY postback_id DESC) = 1 AS last_word FROM (
        SELECT offer_source_id, request->'values'->>'status' AS raw, received_at, click_id, conversion_key, postback_id
        FROM conversion_history WHERE warnings LIKE '%unmapped_status%' ORDER BY postback_id DESC LIMIT ${MOST}
      ) AS newest
    ) AS h
    LEFT JOIN conversions c ON h.last_word AND c.click_id = h.click_id AND c.key = h.conversion_key AND c.status = 'unmapped'
    WHERE h.raw IS NOT NULL
    GROUP BY 1, 2
  ) AS words
  GROUP BY 1, regexp_replace(lower(normalize(raw, NFC)), '[\\s_\\u200B-\\u200D\\uFEFF-]', '', 'g') ORDER BY count DESC, word LIMIT 1000`;

/** Words that networks send and nobody has mapped, and the account's map. */
@Injectable()
export class StatusesService {
  constructor(
    private readonly reads: ReadsService,
    private readonly catalog: CatalogService,
    private readonly sources: LiveSourcesService,
    private readonly meanings: MeaningsService,
    private readonly jobs: JobsService,
  ) {}

  async unmapped(): Promise<UnmappedList> {
    const rows = await this.reads.rows<Omit<UnmappedWord, 'firstSeen' | 'lastSeen' | 'mappedTo'> & { firstSeen: Date; lastSeen: Date }>({
      text: UNMAPPED,
      values: [],
    });
    return {
      data: rows.map((row) => {
        const { meaning } = this.meanings.of(row.word, this.sources.byId(row.offerSourceId));
        return {
          ...row,
          firstSeen: row.firstSeen.toISOString(),
          lastSeen: row.lastSeen.toISOString(),
          mappedTo: meaning === 'unmapped' ? null : meaning,
        };
      }),
      nextCursor: null,
      complete: rows.reduce((sum, { count }) => sum + count, 0) < MOST,
    };
  }

  accountMap(): AccountStatusMap {
    return { statusMap: { ...this.sources.accountMaps[0] } };
  }

  /** @throws Problem 400 */
  async setAccountMap({ statusMap, reapply = false }: UpdateAccountStatusMap): Promise<AccountStatusMapAnswer> {
    const errors = sourceErrors({ statusMap });
    if (errors.length > 0) throw Problem.invalid(errors);
    const tidy = tidySource({ statusMap }).statusMap as Record<string, StatusMeaning>;
    const jobId = await this.catalog.change(async (db) => {
      await db.query('DELETE FROM account_status_map');
      await db.query('INSERT INTO account_status_map (word, meaning) SELECT * FROM unnest($1::text[], $2::text[])', [
        Object.keys(tidy),
        Object.values(tidy),
      ]);
      return reapply ? this.jobs.add(db, 'reapply', { offerSourceId: null }) : null;
    });
    if (jobId !== null) await this.jobs.start(jobId);
    return { statusMap: tidy, jobId };
  }
}
