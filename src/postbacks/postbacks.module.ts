import { Module } from '@nestjs/common';
import { OffersModule } from '../offers/offers.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { BacklogService } from './backlog.service.js';
import { ConversionsService } from '../conversions/conversions.service.js';
import { DrainService } from './drain.service.js';
import { ConversionImportService } from '../imports/conversion-import.service.js';
import { InboxService } from './inbox.service.js';
import { LedgerService } from '../conversions/ledger.service.js';
import { PostbackActionsService } from './postback-actions.service.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';
import { PostbacksService } from './postbacks.service.js';
import { ReconcileService } from '../imports/reconcile.service.js';
import { RedecideService } from './redecide.service.js';
import { RefusalsService } from './refusals.service.js';
import { StatusesService } from '../statuses/statuses.service.js';

@Module({
  imports: [OfferSourcesModule, OffersModule, RatesModule],
  providers: [
    PostbacksService,
    BacklogService,
    InboxService,
    RefusalsService,
    DrainService,
    LedgerService,
    RedecideService,
    PostbackActionsService,
    ConversionsService,
    StatusesService,
    ConversionImportService,
    ReconcileService,
    PostbacksMetrics,
  ],
  exports: [
    PostbacksService,
    InboxService,
    DrainService,
    LedgerService,
    RedecideService,
    PostbackActionsService,
    ConversionsService,
    StatusesService,
    ConversionImportService,
    ReconcileService,
    PostbacksMetrics,
  ],
})
export class PostbacksModule {}
