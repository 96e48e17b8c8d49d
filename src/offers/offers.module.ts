import { Module } from '@nestjs/common';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { LiveOffersService } from './live-offers.service.js';
import { OffersService } from './offers.service.js';

@Module({
  imports: [OfferSourcesModule],
  providers: [LiveOffersService, OffersService],
  exports: [LiveOffersService, OffersService],
})
export class OffersModule {}
