import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { checkIfMatch } from '../http/etag.js';
import { given } from '../http/fields.js';
import { cursorParts, pageOf, UUID, type Page } from '../http/page.js';
import { type FieldError, Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { canonical } from '../lib/money.js';
import { CatalogService } from '../offer-sources/catalog.service.js';
import type { Removal } from '../offer-sources/offer-source.dto.js';
import { OfferSource } from '../offer-sources/offer-source.entity.js';
import { OfferSourcesService } from '../offer-sources/offer-sources.service.js';
import { joinOfferUrlTemplate } from '../offer-sources/offer-url-template.js';
import { mergeRows, postbackUrl } from '../offer-sources/postback-url.js';
import { parseOfferUrl, sampleLandingUrl } from './landing-url.js';
import type { CreateOffer, OfferAnswer, OfferPreview, OfferQuery, PreviewOffer, UpdateOffer, UpdateOffers } from './offer.dto.js';
import { Offer } from './offer.entity.js';
import { offerErrors, offerWarnings } from './offer-rules.js';

/** Crockford's alphabet: no i, l, o, u, so that a key can be read out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const KEY_LENGTH = 10;
const MAX_TAGS = 50;

/** Whatever was ever counted of the offer; its clicks' and conversions' deltas are written with them. */
const IS_USED =
  'SELECT EXISTS (SELECT 1 FROM counters WHERE offer_id = $1) OR EXISTS (SELECT 1 FROM counter_deltas WHERE offer_id = $1) AS used';

/** What an offer's answer needs of its source. */
interface SourceOf {
  source: OfferSource;
  /** What its postback URL begins with; null when the token cannot be read. */
  base: string | null;
}

/** Offers by the admin API (spec, tracking.md "Offer"). */
@Injectable()
export class OffersService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly catalog: CatalogService,
    private readonly sources: OfferSourcesService,
    private readonly ids: IdsService,
  ) {}

  /** @throws Problem 400 */
  async create(fields: CreateOffer): Promise<OfferAnswer> {
    const offer = await this.catalog.change(async (db) => {
      await refuse(db, fields);
      return db.save(
        db.create(Offer, {
          id: this.ids.next(),
          key: Array.from(randomBytes(KEY_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join(''),
          offerSourceId: null,
          linkBuilder: {},
          payoutMode: 'auto',
          payout: null,
          currency: null,
          country: null,
          tags: [],
          status: 'active',
          duplicateMode: null,
          fallbackUrl: null,
          ...tidy(given(fields)),
        }),
      );
    });
    return this.answer(offer);
  }

  /** Newest first. */
  async list({ limit, cursor, name, status, offerSourceId, tag, country, archived }: OfferQuery): Promise<Page<OfferAnswer>> {
    const [after] = cursorParts(cursor, [UUID]) ?? [];
    const query = this.catalog.db
      .createQueryBuilder(Offer, 'o')
      .orderBy('o.id', 'DESC')
      .take(limit + 1);
    if (after !== undefined) query.andWhere('o.id < :after', { after });
    if (name !== undefined) query.andWhere('strpos(lower(o.name), lower(:name)) > 0', { name });
    if (status !== undefined) query.andWhere('o.status = :status', { status });
    else if (archived !== true) query.andWhere(`o.status <> 'archived'`);
    if (offerSourceId !== undefined) query.andWhere('o.offerSourceId = :offerSourceId', { offerSourceId });
    if (tag !== undefined) query.andWhere(':tag = ANY(o.tags)', { tag });
    if (country !== undefined) query.andWhere('o.country = :country', { country: country.toUpperCase() });
    const rows = await query.getMany();
    const sources = await this.sourcesOf(rows);
    return pageOf(
      rows,
      limit,
      (last) => [last.id],
      (row) => this.toAnswer(row, sources),
    );
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<OfferAnswer> {
    return this.answer(await findOffer(this.catalog.db, id));
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 400, 404, 412
   */
  async update(id: string, changes: UpdateOffer, ifMatch?: string): Promise<OfferAnswer> {
    const offer = await this.catalog.change(async (db) => {
      const found = await findOffer(db, id, 'pessimistic_write');
      checkIfMatch(ifMatch, found.version);
      await refuse(db, changes);
      return db.save(Object.assign(found, tidy(given(changes))));
    });
    return this.answer(offer);
  }

  /** @throws Problem 404 for one that is not there, 400 for more tags than an offer may have */
  async updateMany({ ids, status, addTags = [], removeTags = [] }: UpdateOffers): Promise<OfferAnswer[]> {
    const wanted = ids.map((id) => id.toLowerCase());
    const offers = await this.catalog.change(async (db) => {
      const found = await db.find(Offer, { where: { id: In(wanted) }, order: { id: 'ASC' }, lock: { mode: 'pessimistic_write' } });
      const missing = wanted.find((id) => !found.some((offer) => offer.id === id));
      if (missing !== undefined) throw Problem.notFound('offer', missing);
      for (const offer of found) {
        if (status !== undefined) offer.status = status;
        offer.tags = [...new Set([...offer.tags, ...addTags])].filter((tag) => !removeTags.includes(tag));
        if (offer.tags.length > MAX_TAGS)
          throw Problem.invalid([{ pointer: '/addTags', message: `${offer.name} would have more than ${MAX_TAGS} tags` }]);
      }
      return db.save(found);
    });
    const sources = await this.sourcesOf(offers);
    const answers = new Map(offers.map((offer) => [offer.id, this.toAnswer(offer, sources)]));
    return wanted.flatMap((id) => answers.get(id) ?? []);
  }

  /**
   * Deletes an offer that was never clicked, archives any other: its conversions still count.
   * @throws Problem 404
   */
  async remove(id: string): Promise<Removal> {
    return this.catalog.change(async (db) => {
      const offer = await findOffer(db, id, 'pessimistic_write');
      const [row] = await db.query<{ used: boolean }[]>(IS_USED, [offer.id]);
      if (row?.used === false) {
        await db.delete(Offer, offer.id);
        return { id: offer.id, result: 'deleted' };
      }
      offer.status = 'archived';
      await db.save(offer);
      return { id: offer.id, result: 'archived' };
    });
  }

  /**
   * Where a sample click would be sent.
   * @throws Problem 400
   */
  async preview({ url, offerSourceId = null }: PreviewOffer): Promise<OfferPreview> {
    await refuse(this.catalog.db, { url, offerSourceId });
    const source = offerSourceId === null ? null : await this.catalog.db.findOneBy(OfferSource, { id: offerSourceId });
    const sent = source === null ? url : joinOfferUrlTemplate(url, source.offerUrlTemplate, source.cidParameter);
    const { macros, warnings } = parseOfferUrl(url, source);
    return { url: sampleLandingUrl(sent), macros, warnings };
  }

  private async answer(offer: Offer): Promise<OfferAnswer> {
    return this.toAnswer(offer, await this.sourcesOf([offer]));
  }

  private async sourcesOf(offers: Offer[]): Promise<Map<string, SourceOf>> {
    const ids = [...new Set(offers.map((offer) => offer.offerSourceId).filter((id) => id !== null))];
    if (ids.length === 0) return new Map();
    const [sources, bases] = await Promise.all([this.catalog.db.findBy(OfferSource, { id: In(ids) }), this.sources.postbackBases(ids)]);
    return new Map(sources.map((source) => [source.id, { source, base: bases.get(source.id) ?? null }]));
  }

  private toAnswer(offer: Offer, sources: Map<string, SourceOf>): OfferAnswer {
    const { source, base } = (offer.offerSourceId === null ? undefined : sources.get(offer.offerSourceId)) ?? {
      source: null,
      base: this.config.globalPostback ? `${this.config.publicUrl}/postback` : null,
    };
    const rows = mergeRows(source?.linkBuilder ?? {}, offer.linkBuilder);
    const { macros, warnings } = parseOfferUrl(offer.url, source);
    return {
      ...offer,
      trackingUrl: `${this.config.publicUrl}/c/${offer.key}`,
      postbackUrl: base === null ? null : postbackUrl(base, rows),
      macros,
      warnings: [...warnings, ...offerWarnings(offer, source, rows, base !== null)],
      createdAt: offer.createdAt.toISOString(),
      updatedAt: offer.updatedAt.toISOString(),
    };
  }
}

async function findOffer(db: EntityManager, id: string, lock?: 'pessimistic_write'): Promise<Offer> {
  const offer = UUID.test(id) ? await db.findOne(Offer, { where: { id }, ...(lock === undefined ? {} : { lock: { mode: lock } }) }) : null;
  if (offer === null) throw Problem.notFound('offer', id);
  return offer;
}

/**
 * Checks the fields given. A source that is named stays until the end of the transaction.
 * @throws Problem 400 naming all that is wrong
 */
async function refuse(db: EntityManager, fields: UpdateOffer): Promise<void> {
  const errors: FieldError[] = offerErrors(fields);
  if (fields.offerSourceId) {
    const [source] = await db.query<unknown[]>('SELECT 1 FROM offer_sources WHERE id = $1 FOR KEY SHARE', [fields.offerSourceId]);
    if (source === undefined) errors.push({ pointer: '/offerSourceId', message: `There is no offer source ${fields.offerSourceId}.` });
  }
  if (errors.length > 0) throw Problem.invalid(errors);
}

/** The fields as they are kept. */
function tidy(fields: UpdateOffer): UpdateOffer {
  const kept = { ...fields };
  if (kept.offerSourceId) kept.offerSourceId = kept.offerSourceId.toLowerCase();
  if (kept.payout) kept.payout = canonical(kept.payout);
  if (kept.currency) kept.currency = kept.currency.toUpperCase();
  if (kept.country) kept.country = kept.country.toUpperCase();
  // It is sent as it stands, and a header holds ASCII only.
  if (kept.fallbackUrl) kept.fallbackUrl = new URL(kept.fallbackUrl).href;
  return kept;
}
