import { Module } from '@nestjs/common';
import { ClicksModule } from '../clicks/clicks.module.js';
import { OffersModule } from '../offers/offers.module.js';
import { OfferSourcesModule } from '../offer-sources/offer-sources.module.js';
import { PostbacksModule } from '../postbacks/postbacks.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { StatusesModule } from '../statuses/statuses.module.js';
import { ClickImportService } from './click-import.service.js';
import { ConversionImportService } from './conversion-import.service.js';
import { ConversionVerdictsService } from './conversion-verdicts.service.js';
import { ImportRunsService } from './import-runs.service.js';
import { InspectService } from './inspect.service.js';
import { RateImportService } from './rate-import.service.js';
import { ReconcileService } from './reconcile.service.js';

@Module({
  imports: [OfferSourcesModule, OffersModule, RatesModule, ClicksModule, StatusesModule, PostbacksModule],
  providers: [
    ImportRunsService,
    ClickImportService,
    ConversionImportService,
    ConversionVerdictsService,
    InspectService,
    RateImportService,
    ReconcileService,
  ],
  exports: [ClickImportService, ConversionImportService, InspectService, RateImportService, ReconcileService],
})
export class ImportsModule {}
