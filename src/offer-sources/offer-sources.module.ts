import { Module } from '@nestjs/common';
import { CatalogService } from './catalog.service.js';
import { LiveSourcesService } from './live-sources.service.js';
import { OfferSourcesService } from './offer-sources.service.js';
import { TokensService } from './tokens.service.js';

@Module({
  providers: [LiveSourcesService, CatalogService, OfferSourcesService, TokensService],
  exports: [LiveSourcesService, CatalogService, OfferSourcesService, TokensService],
})
export class OfferSourcesModule {}
