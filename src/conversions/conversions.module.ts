import { Module } from '@nestjs/common';
import { OffersModule } from '../offers/offers.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { ConversionsService } from './conversions.service.js';
import { LedgerService } from './ledger.service.js';
import { RulesService } from './rules.service.js';

@Module({
  imports: [OfferSourcesModule, OffersModule, RatesModule, StatusesModule],
  providers: [RulesService, LedgerService, ConversionsService],
  exports: [RulesService, LedgerService, ConversionsService],
})
export class ConversionsModule {}
