import { Module } from '@nestjs/common';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { MeaningsService } from './meanings.service.js';
import { StatusesService } from './statuses.service.js';

@Module({
  imports: [OfferSourcesModule],
  providers: [MeaningsService, StatusesService],
  exports: [MeaningsService, StatusesService],
})
export class StatusesModule {}
