import { Module } from '@nestjs/common';
import { ClicksModule } from '../clicks/clicks.module.js';
import { ConversionsModule } from '../conversions/conversions.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { OffersModule } from '../offers/offers.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { BacklogService } from './backlog.service.js';
import { DrainService } from './drain.service.js';
import { ExplainService } from './explain.service.js';
import { InboxService } from './inbox.service.js';
import { PostbackActionsService } from './postback-actions.service.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';
import { PostbacksService } from './postbacks.service.js';
import { PreviewService } from './preview.service.js';
import { RedecideService } from './redecide.service.js';
import { RefusalsService } from './refusals.service.js';
import { RouteService } from './route.service.js';

@Module({
  imports: [ClicksModule, OfferSourcesModule, OffersModule, StatusesModule, ConversionsModule],
  providers: [
    PostbacksService,
    BacklogService,
    InboxService,
    RefusalsService,
    RouteService,
    DrainService,
    RedecideService,
    PreviewService,
    ExplainService,
    PostbackActionsService,
    PostbacksMetrics,
  ],
  exports: [
    PostbacksService,
    InboxService,
    DrainService,
    RedecideService,
    PreviewService,
    ExplainService,
    PostbackActionsService,
    PostbacksMetrics,
  ],
})
export class PostbacksModule {}
