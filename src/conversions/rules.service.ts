import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { ChangesService } from '../db/changes.service.js';
import { LiveOffersService } from '../offers/live-offers.service.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import type { Rules } from './conversion.js';
import type { ClickRow } from './find-clicks.query.js';

/** Which rules hold: those of a source, overridden by those of the click's offer, else the defaults. */
@Injectable()
export class RulesService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly sources: LiveSourcesService,
    private readonly offers: LiveOffersService,
    private readonly changes: ChangesService,
  ) {}

  rulesOf(source: LiveSource | null, offer: ReturnType<LiveOffersService['byId']>): Rules {
    return {
      duplicateMode: offer?.duplicateMode ?? source?.duplicateMode ?? 'update',
      transitionPolicy: source?.transitionPolicy ?? 'guarded',
      amountSign: source?.amountSign ?? 'absolute',
      retryWindowSeconds: source?.retryWindowSeconds ?? 600,
      clickExpiryDays: source?.clickExpiryDays ?? null,
      eventMakesConversion: source?.eventMakesConversion ?? false,
      defaultStatus: source?.defaultStatus ?? 'approved',
      defaultCurrency: source?.defaultCurrency ?? null,
      baseCurrency: this.config.baseCurrency,
      payoutMode: offer?.payoutMode ?? 'auto',
      offerPayout: offer?.payout ?? null,
      offerCurrency: offer?.currency ?? null,
    };
  }

  /** The source whose rules hold for all postbacks of a click: its own, else its offer's at present. */
  async sourceOf(click: ClickRow): Promise<LiveSource | null> {
    return this.sources.byId(click.offerSourceId ?? (await this.offerOf(click.offerId))?.offerSourceId ?? null);
  }

  /** Memory may be a second old: an offer nobody has heard of is looked for once more. */
  async offerOf(id: string): Promise<ReturnType<LiveOffersService['byId']>> {
    const offer = this.offers.byId(id);
    if (offer !== null) return offer;
    await this.changes.refresh();
    return this.offers.byId(id);
  }
}
