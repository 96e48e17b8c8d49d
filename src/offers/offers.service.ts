import { inAnyCase } from '../lib/sql.js';
import { localUrlWarning } from '../lib/local-url.js';
import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { checkIfMatch } from '../http/etag.js';
import { given } from '../http/fields.js';
import { cursorParts, pageOf, UUID, type Page } from '../http/page.js';
import { type FieldError, Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { uuidAt, uuidTime } from '../lib/ids.js';
import { canonical } from '../lib/money.js';
import { isInLog } from '../offer-sources/in-log.query.js';
import { CatalogService } from '../offer-sources/catalog.service.js';
import type { Removal, RotatedToken } from '../offer-sources/offer-source.dto.js';
import { OfferSource } from '../offer-sources/offer-source.entity.js';
import { joinOfferUrlTemplate } from '../offer-sources/offer-url-template.js';
import { mergeRows, postbackUrl } from '../offer-sources/postback-url.js';
import { TokensService } from '../offer-sources/tokens.service.js';
import { parseOfferUrl, sampleLandingUrl } from './landing-url.js';
import type { CreateOffer, OfferAnswer, OfferPreview, OfferQuery, PreviewOffer, UpdateOffer, UpdateOffers } from './offer.dto.js';
import { Offer } from './offer.entity.js';
import { offerErrors, offerWarnings } from './offer-rules.js';
import { namedCurrency } from '../lib/currency-signs.js';

/** Crockford's alphabet: no i, l, o, u, so that a key can be read out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const KEY_LENGTH = 10;
const MAX_TAGS = 50;

/**
 * Whatever was ever counted of the offer (its clicks' and conversions' deltas are written with them), postbacks without a
 * verdict, and the log since the offer exists.
 */
const IS_USED = `
  SELECT EXISTS (SELECT 1 FROM counters_daily WHERE offer_id = $1) OR EXISTS (SELECT 1 FROM counter_deltas WHERE offer_id = $1)
    OR EXISTS (SELECT 1 FROM inbox WHERE token_offer_id = $1) OR ${isInLog('token_offer_id = $1')} AS used`;
/** Offers of a version that knew no tokens of theirs. The lock makes processes that start together take turns. */
const LOCK_SOURCELESS = 'SELECT id FROM offers WHERE offer_source_id IS NULL ORDER BY id FOR UPDATE';
const WITHOUT_TOKEN =
  'SELECT id FROM offers o WHERE offer_source_id IS NULL AND NOT EXISTS (SELECT 1 FROM postback_tokens t WHERE t.offer_id = o.id)';

/** What an offer's answer needs besides the offer. */
interface Around {
  source: OfferSource | null;
  /** What its postback URL begins with; null when the token cannot be read. */
  base: string | null;
}

/** Makes, changes and deletes offers for the admin API. */
@Injectable()
export class OffersService implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly catalog: CatalogService,
    private readonly tokens: TokensService,
    private readonly ids: IdsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if ((await this.catalog.db.query<unknown[]>(`${WITHOUT_TOKEN} LIMIT 1`)).length === 0) return;
    await this.catalog.change(async (db) => {
      await db.query(LOCK_SOURCELESS);
      for (const { id } of await db.query<{ id: string }[]>(WITHOUT_TOKEN)) await this.tokens.add(db, 'offerId', id);
    });
  }

  /** @throws Problem 400 */
  async create(fields: CreateOffer): Promise<OfferAnswer> {
    const offer = await this.catalog.change(async (db) => {
      await refuse(db, fields);
      const made = await db.save(
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
      await this.ensureToken(db, made);
      return made;
    });
    return this.answer(offer);
  }

  /** Newest first. */
  async list({
    limit,
    cursor,
    name,
    status,
    offerSourceId,
    tag,
    tags,
    country,
    archived,
    ...same
  }: OfferQuery): Promise<Page<OfferAnswer>> {
    const [after] = cursorParts(cursor, [UUID]) ?? [];
    const query = this.catalog.db
      .createQueryBuilder(Offer, 'o')
      .orderBy('o.id', 'DESC')
      .take(limit + 1);
    if (after !== undefined) query.andWhere('o.id < :after', { after });
    if (name !== undefined) query.andWhere('o.name ~ :name', { name: inAnyCase(name) });
    if (status !== undefined) query.andWhere('o.status = :status', { status });
    else if (archived !== true) query.andWhere(`o.status <> 'archived'`);
    if (offerSourceId !== undefined) query.andWhere('o.offerSourceId = :offerSourceId', { offerSourceId });
    if (tag !== undefined) query.andWhere(':tag = ANY(o.tags)', { tag });
    if (tags !== undefined) query.andWhere('o.tags && :tags', { tags });
    const { key, payoutMode, currency, duplicateMode } = same;
    const exactly = { key: key?.toLowerCase(), payoutMode, currency: currency?.toUpperCase(), duplicateMode };
    for (const [field, value] of Object.entries(exactly))
      if (value !== undefined) query.andWhere(`o.${field} = :${field}`, { [field]: value });
    if (country !== undefined) query.andWhere('o.country = :country', { country: country.toUpperCase() });
    const rows = await query.getMany();
    const around = await this.aroundOf(rows);
    return pageOf(
      rows,
      limit,
      (last) => [last.id],
      (row) => this.toAnswer(row, around.get(row.id) as Around),
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
      const changed = await db.save(Object.assign(found, tidy(given(changes))));
      await this.ensureToken(db, changed);
      return changed;
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
    const around = await this.aroundOf(offers);
    const answers = new Map(offers.map((offer) => [offer.id, this.toAnswer(offer, around.get(offer.id) as Around)]));
    return wanted.flatMap((id) => answers.get(id) ?? []);
  }

  /**
   * Deletes an offer that was never clicked, archives any other: its conversions still count.
   * @param ifMatch the header If-Match
   * @throws Problem 404, 412
   */
  async remove(id: string, ifMatch?: string): Promise<Removal> {
    return this.catalog.change(async (db) => {
      const offer = await findOffer(db, id, 'pessimistic_write');
      checkIfMatch(ifMatch, offer.version);
      const [row] = await db.query<{ used: boolean }[]>(IS_USED, [offer.id, uuidAt(uuidTime(offer.id), 'min')]);
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

  /**
   * Gives the offer a new token; those in use end after `graceHours`. An offer that has a source gets none: what its
   * network calls is the source's URL, and only tokens from before end.
   * @throws Problem 404
   */
  async rotateToken(id: string, graceHours?: number): Promise<RotatedToken> {
    const offer = await this.catalog.change(async (db) => {
      const found = await findOffer(db, id, 'pessimistic_write');
      await this.tokens.end(db, 'offerId', found.id, graceHours);
      if (found.offerSourceId === null) await this.tokens.add(db, 'offerId', found.id);
      return found;
    });
    const { postbackUrl: url } = await this.answer(offer);
    return { tokens: await this.tokens.list(this.catalog.db, 'offerId', offer.id), postbackUrl: url, postbackUrls: [] };
  }

  /** One that has no source has a token of its own. It keeps it when it gets a source: the network may still call the old URL. */
  private async ensureToken(db: EntityManager, { id, offerSourceId }: Offer): Promise<void> {
    if (offerSourceId !== null) return;
    const tokens = await this.tokens.valid(db, 'offerId', [id]);
    if (!tokens.some((token) => token.expiresAt === null)) await this.tokens.add(db, 'offerId', id);
  }

  private async answer(offer: Offer): Promise<OfferAnswer> {
    return this.toAnswer(offer, (await this.aroundOf([offer])).get(offer.id) as Around);
  }

  private async aroundOf(offers: Offer[]): Promise<Map<string, Around>> {
    const sourceIds = [...new Set(offers.map((offer) => offer.offerSourceId).filter((id) => id !== null))];
    const alone = offers.filter((offer) => offer.offerSourceId === null).map((offer) => offer.id);
    const [sources, sourceBases, ownBases] = await Promise.all([
      sourceIds.length === 0 ? [] : this.catalog.db.findBy(OfferSource, { id: In(sourceIds) }),
      this.tokens.bases(this.catalog.db, 'offerSourceId', sourceIds),
      this.tokens.bases(this.catalog.db, 'offerId', alone),
    ]);
    const byId = new Map(sources.map((source) => [source.id, source]));
    return new Map(
      offers.map(({ id, offerSourceId }) => [
        id,
        offerSourceId === null
          ? { source: null, base: ownBases.get(id) ?? null }
          : { source: byId.get(offerSourceId) ?? null, base: sourceBases.get(offerSourceId) ?? null },
      ]),
    );
  }

  private toAnswer(offer: Offer, { source, base }: Around): OfferAnswer {
    const rows = mergeRows(source?.linkBuilder ?? {}, offer.linkBuilder);
    const { macros, warnings } = parseOfferUrl(offer.url, source);
    const trackingUrl = `${this.config.publicUrl}/c/${offer.key}`;
    return {
      ...offer,
      trackingUrl,
      postbackUrl: base === null ? null : postbackUrl(base, rows),
      macros,
      warnings: [
        ...[localUrlWarning(this.config.publicUrl)].filter((text) => text !== null),
        ...warnings,
        ...offerWarnings(offer, source, rows, base !== null, trackingUrl),
      ],
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
  if (kept.currency) kept.currency = namedCurrency(kept.currency);
  if (kept.country) kept.country = kept.country.toUpperCase();
  // It is sent as it stands, and a header holds ASCII only.
  if (kept.fallbackUrl) kept.fallbackUrl = new URL(kept.fallbackUrl).href;
  return kept;
}
