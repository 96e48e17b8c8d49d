import { Module } from '@nestjs/common';
import { ClicksModule } from '../clicks/clicks.module.js';
import { OffersModule } from '../offers/offers.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { PostbacksModule } from '../postbacks/postbacks.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { ClickImportService } from './click-import.service.js';
import { ConversionImportService } from './conversion-import.service.js';
import { ReconcileService } from './reconcile.service.js';

@Module({
  imports: [OfferSourcesModule, OffersModule, ClicksModule, StatusesModule, PostbacksModule],
  providers: [ClickImportService, ConversionImportService, ReconcileService],
  exports: [ClickImportService, ConversionImportService, ReconcileService],
})
export class ImportsModule {}
