import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClicksModule } from '../clicks/clicks.module.js';
import { PostbacksModule } from '../postbacks/postbacks.module.js';
import { RatesModule } from '../rates/rates.module.js';
import { AuthGuard } from '../access/auth.guard.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';

/** What every process answers, whatever its role: health and metrics, and the guard in front of everything. */
@Module({
  imports: [ClicksModule, PostbacksModule, RatesModule],
  controllers: [HealthController, MetricsController],
  providers: [HealthService, MetricsService, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [MetricsService],
})
export class OpsModule {}
