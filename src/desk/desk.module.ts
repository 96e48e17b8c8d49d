import { Module } from '@nestjs/common';
import { ClicksModule } from '../clicks/clicks.module.js';
import { ConversionsModule } from '../conversions/conversions.module.js';
import { OffersModule } from '../offers/offers.module.js';
import { PostbacksModule } from '../postbacks/postbacks.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { AttentionService } from './attention.service.js';
import { EventsService } from './events.service.js';
import { SearchService } from './search.service.js';
import { TestDataService } from './test-data.service.js';
import { ViewsService } from './views.service.js';

/** What only the web page needs: attention, search, live events, test data, saved views. */
@Module({
  imports: [OfferSourcesModule, OffersModule, ClicksModule, PostbacksModule, StatusesModule, RatesModule, ConversionsModule],
  providers: [AttentionService, EventsService, SearchService, TestDataService, ViewsService],
  exports: [AttentionService, EventsService, SearchService, TestDataService, ViewsService],
})
export class DeskModule {}
