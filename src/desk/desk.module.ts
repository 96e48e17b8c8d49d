import { Module } from '@nestjs/common';
import { ConversionsModule } from '../conversions/conversions.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { AttentionService } from './attention.service.js';
import { EventsService } from './events.service.js';
import { SearchService } from './search.service.js';
import { ViewsService } from './views.service.js';

/** What the page asks beyond lists and reports. */
@Module({
  imports: [OfferSourcesModule, StatusesModule, RatesModule, ConversionsModule],
  providers: [AttentionService, EventsService, SearchService, ViewsService],
  exports: [AttentionService, EventsService, SearchService, ViewsService],
})
export class DeskModule {}
