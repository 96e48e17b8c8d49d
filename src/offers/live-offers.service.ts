import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import type { OfferStatus, PayoutMode } from './offer.entity.js';
import type { DuplicateMode } from '../offer-sources/vocabulary.js';

/** An offer as the hot paths need it. */
export interface LiveOffer {
  id: string;
  key: string;
  name: string;
  url: string;
  offerSourceId: string | null;
  payoutMode: PayoutMode;
  payout: string | null;
  currency: string | null;
  status: OfferStatus;
  duplicateMode: DuplicateMode | null;
  fallbackUrl: string | null;
}

const OFFERS = `
  SELECT id, key, name, url, offer_source_id AS "offerSourceId", payout_mode AS "payoutMode", payout::text, currency, status,
    duplicate_mode AS "duplicateMode", fallback_url AS "fallbackUrl"
  FROM offers`;

/** All offers, held in memory: a click reads no database. */
@Injectable()
export class LiveOffersService implements OnModuleInit {
  private keys = new Map<string, LiveOffer>();
  private ids = new Map<string, LiveOffer>();

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly changes: ChangesService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.changes.hold('catalog', () => this.load());
  }

  byKey(key: string): LiveOffer | null {
    return this.keys.get(key) ?? null;
  }

  byId(id: string): LiveOffer | null {
    return this.ids.get(id) ?? null;
  }

  all(): IterableIterator<LiveOffer> {
    return this.ids.values();
  }

  private async load(): Promise<void> {
    const { rows } = await this.pool.query<LiveOffer>(OFFERS);
    this.keys = new Map(rows.map((o) => [o.key, o]));
    this.ids = new Map(rows.map((o) => [o.id, o]));
  }
}
