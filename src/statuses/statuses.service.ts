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

/** Words that no map knew when they came; the index conversion_history_unmapped_idx holds just these rows. */
const UNMAPPED = `
  SELECT h.offer_source_id AS "offerSourceId", mode() WITHIN GROUP (ORDER BY lower(h.request->'values'->>'status')) AS word, count(*)::int AS count,
    min(h.received_at) AS "firstSeen", max(h.received_at) AS "lastSeen",
    trim_scale(coalesce(sum(c.payout_base) FILTER (WHERE c.last_word), 0))::text AS money
  FROM conversion_history h
  LEFT JOIN LATERAL (
    SELECT c.payout_base, h.postback_id = (SELECT max(l.postback_id::text)::uuid FROM conversion_history l
        WHERE l.click_id = h.click_id AND l.conversion_key = h.conversion_key AND l.warnings LIKE '%unmapped_status%') AS last_word
    FROM conversions c WHERE c.click_id = h.click_id AND c.key = h.conversion_key AND c.status = 'unmapped'
  ) AS c ON true
  WHERE h.warnings LIKE '%unmapped_status%' AND h.request->'values' ? 'status'
  GROUP BY 1, regexp_replace(lower(normalize(h.request->'values'->>'status', NFC)), '[\\s_\\u200B-\\u200D\\uFEFF-]', '', 'g') ORDER BY count DESC, word LIMIT 1000`;

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
