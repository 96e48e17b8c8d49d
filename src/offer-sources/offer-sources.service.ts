import { inAnyCase } from '../lib/sql.js';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { checkIfMatch } from '../http/etag.js';
import { given } from '../http/fields.js';
import { cursorParts, pageOf, UUID, type Page } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { JobsService } from '../queues/jobs.service.js';
import { uuidAt, uuidTime } from '../lib/ids.js';
import { CatalogService } from './catalog.service.js';
import { findNetwork } from './networks.js';
import type {
  CreateOfferSource,
  OfferSourceAnswer,
  OfferSourceQuery,
  Removal,
  RotatedToken,
  UpdateOfferSource,
} from './offer-source.dto.js';
import { OfferSource } from './offer-source.entity.js';
import { isInLog } from './in-log.query.js';
import { postbackUrl, postbackUrls } from './postback-url.js';
import { newSource, sourceErrors, sourceWarnings, tidySource, UNREADABLE_TOKEN } from './source-rules.js';
import { TokensService } from './tokens.service.js';
import { localUrlWarning } from '../lib/local-url.js';

/** The template that knows nothing. */
const CUSTOM = 'custom';
const UNKNOWN_TEMPLATE = { pointer: '/template', message: 'template must be the key of a network (GET /api/v1/networks) or custom' };

/** Anything that names the source: offers, whatever was ever counted, postbacks without a verdict, and the log since the source exists. */
const IS_USED = `
  SELECT EXISTS (SELECT 1 FROM offers WHERE offer_source_id = $1) OR EXISTS (SELECT 1 FROM counters_daily WHERE offer_source_id = $1)
    OR EXISTS (SELECT 1 FROM counter_deltas WHERE offer_source_id = $1) OR EXISTS (SELECT 1 FROM inbox WHERE token_source_id = $1)
    OR ${isInLog('offer_source_id = $1 OR token_source_id = $1')} AS used`;

/** Makes, changes and deletes offer sources for the admin API. */
@Injectable()
export class OfferSourcesService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly ids: IdsService,
    private readonly jobs: JobsService,
    private readonly tokens: TokensService,
  ) {}

  /** @throws Problem 400 */
  async create(fields: CreateOfferSource): Promise<OfferSourceAnswer> {
    const { template = CUSTOM, ...rest } = fields;
    const network = findNetwork(template);
    const errors = sourceErrors(rest);
    if (network === null || errors.length > 0) throw Problem.invalid([...(network === null ? [UNKNOWN_TEMPLATE] : []), ...errors]);
    const source = await this.catalog.change(async (db) => {
      const made = await db.save(
        db.create(OfferSource, { id: this.ids.next(), archivedAt: null, ...newSource(network, { ...given(rest), name: rest.name }) }),
      );
      await this.tokens.add(db, 'offerSourceId', made.id);
      return made;
    });
    return this.answer(source);
  }

  /** Newest first. */
  async list({ limit, cursor, name, archived, ...same }: OfferSourceQuery): Promise<Page<OfferSourceAnswer>> {
    const [after] = cursorParts(cursor, [UUID]) ?? [];
    const query = this.catalog.db
      .createQueryBuilder(OfferSource, 's')
      .orderBy('s.id', 'DESC')
      .take(limit + 1);
    if (after !== undefined) query.andWhere('s.id < :after', { after });
    if (name !== undefined) query.andWhere('s.name ~ :name', { name: inAnyCase(name) });
    const { template, enabled, cidParameter, duplicateMode, transitionPolicy } = same;
    const exactly = {
      template,
      enabled,
      cidParameter,
      duplicateMode,
      transitionPolicy,
      defaultCurrency: same.defaultCurrency?.toUpperCase(),
    };
    for (const [field, value] of Object.entries(exactly))
      if (value !== undefined) query.andWhere(`s.${field} = :${field}`, { [field]: value });
    if (archived !== true) query.andWhere('s.archivedAt IS NULL');
    const rows = await query.getMany();
    const bases = await this.postbackBases(rows.map((row) => row.id));
    return pageOf(
      rows,
      limit,
      (last) => [last.id],
      (row) => toAnswer(row, bases.get(row.id) ?? null),
    );
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OfferSourceAnswer> {
    return this.answer(await findSource(this.catalog.db, id));
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 400, 404, 412
   */
  async update(id: string, changes: UpdateOfferSource, ifMatch?: string): Promise<OfferSourceAnswer> {
    const { archived, reapply = false, ...fields } = given(changes);
    const errors = [
      ...(fields.template === undefined || findNetwork(fields.template) !== null ? [] : [UNKNOWN_TEMPLATE]),
      ...sourceErrors(fields),
    ];
    if (errors.length > 0) throw Problem.invalid(errors);
    const { source, jobId } = await this.catalog.change(async (db) => {
      const found = await findSource(db, id, 'pessimistic_write');
      checkIfMatch(ifMatch, found.version);
      Object.assign(found, tidySource(fields));
      if (archived !== undefined) found.archivedAt = archived ? (found.archivedAt ?? new Date(this.ids.now())) : null;
      return { source: await db.save(found), jobId: reapply ? await this.jobs.add(db, 'reapply', { offerSourceId: found.id }) : null };
    });
    if (jobId !== null) await this.jobs.start(jobId);
    return { ...(await this.answer(source)), ...(jobId === null ? {} : { jobId }) };
  }

  /**
   * Deletes a source that nothing refers to, archives any other: postbacks of an archived source still count.
   * @param ifMatch the header If-Match
   * @throws Problem 404, 412
   */
  async remove(id: string, ifMatch?: string): Promise<Removal> {
    return this.catalog.change(async (db) => {
      const source = await findSource(db, id, 'pessimistic_write');
      checkIfMatch(ifMatch, source.version);
      const [row] = await db.query<{ used: boolean }[]>(IS_USED, [source.id, uuidAt(uuidTime(source.id), 'min')]);
      if (row?.used === false) {
        await db.delete(OfferSource, source.id);
        return { id: source.id, result: 'deleted' };
      }
      source.archivedAt ??= new Date(this.ids.now());
      await db.save(source);
      return { id: source.id, result: 'archived' };
    });
  }

  /**
   * Gives the source a new token; those in use end after `graceHours`, so that the network's panel can be changed at leisure.
   * @throws Problem 404
   */
  async rotateToken(id: string, graceHours?: number): Promise<RotatedToken> {
    const source = await this.catalog.change(async (db) => {
      const found = await findSource(db, id, 'pessimistic_write');
      await this.tokens.end(db, 'offerSourceId', found.id, graceHours);
      await this.tokens.add(db, 'offerSourceId', found.id);
      return found;
    });
    const { postbackUrl: url, postbackUrls: urls } = await this.answer(source);
    return { tokens: await this.tokens.list(this.catalog.db, 'offerSourceId', source.id), postbackUrl: url, postbackUrls: urls };
  }

  /** What the postback URLs of these sources begin with, by id, the newest token in them; null where it cannot be read. */
  postbackBases(sourceIds: string[]): Promise<Map<string, string | null>> {
    return this.tokens.bases(this.catalog.db, 'offerSourceId', sourceIds);
  }

  private async answer(source: OfferSource): Promise<OfferSourceAnswer> {
    return toAnswer(source, (await this.postbackBases([source.id])).get(source.id) ?? null);
  }
}

/**
 * One source by its id; a lock holds to the end of the transaction.
 * @throws Problem 404
 */
export async function findSource(db: EntityManager, id: string, lock?: 'pessimistic_read' | 'pessimistic_write'): Promise<OfferSource> {
  const source = UUID.test(id)
    ? await db.findOne(OfferSource, { where: { id }, ...(lock === undefined ? {} : { lock: { mode: lock } }) })
    : null;
  if (source === null) throw Problem.notFound('offer source', id);
  return source;
}

function toAnswer(source: OfferSource, base: string | null): OfferSourceAnswer {
  const { archivedAt, createdAt, updatedAt, ...fields } = source;
  const network = findNetwork(source.template);
  return {
    ...fields,
    archived: archivedAt !== null,
    postbackUrl: base === null ? null : postbackUrl(base, source.linkBuilder),
    postbackUrls: base === null ? [] : postbackUrls(base, source.linkBuilder, network?.variants ?? []),
    warnings: [
      ...[base === null ? UNREADABLE_TOKEN : localUrlWarning(base)].filter((text) => text !== null),
      ...sourceWarnings(source, network),
    ],
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
