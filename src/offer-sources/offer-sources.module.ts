import { Module } from '@nestjs/common';
import { LiveSourcesService } from './live-sources.service.js';

@Module({
  providers: [LiveSourcesService],
  exports: [LiveSourcesService],
})
export class OfferSourcesModule {}
