import { Module } from '@nestjs/common';
import { CatalogService } from './catalog.service.js';
import { LiveSourcesService } from './live-sources.service.js';
import { OfferSourcesService } from './offer-sources.service.js';

@Module({
  providers: [LiveSourcesService, CatalogService, OfferSourcesService],
  exports: [LiveSourcesService, CatalogService, OfferSourcesService],
})
export class OfferSourcesModule {}
