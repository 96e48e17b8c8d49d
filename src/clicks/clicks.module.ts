import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { OffersModule } from '../offers/offers.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { ClickIdsService } from './click-ids.service.js';
import { ClicksService } from './clicks.service.js';
import { EraseService } from './erase.service.js';
import { GeoService } from './geo.service.js';
import { TestTokenService } from './test-token.service.js';

@Module({
  imports: [OfferSourcesModule, OffersModule, RatesModule],
  providers: [
    ClickIdsService,
    ClicksService,
    EraseService,
    TestTokenService,
    {
      provide: GeoService,
      useFactory: ({ role, geoipPath }: Config) => (role === 'worker' ? GeoService.none() : GeoService.open(geoipPath)),
      inject: [CONFIG],
    },
  ],
  exports: [ClickIdsService, ClicksService, EraseService, TestTokenService],
})
export class ClicksModule {}
