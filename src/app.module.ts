import { type DynamicModule, Module } from '@nestjs/common';
import { BullModule } from '@nestjs/bullmq';
import { TypeOrmModule } from '@nestjs/typeorm';
import type pg from 'pg';
import { ChangesService } from './db/changes.service.js';
import { NoticesService } from './db/notices.service.js';
import { ForwardedService } from './http/forwarded.service.js';
import { ClickLogController } from './clicks/click-log.controller.js';
import { ClicksController } from './clicks/clicks.controller.js';
import { EraseController } from './clicks/erase.controller.js';
import { ClickImportController } from './imports/click-import.controller.js';
import { ClicksModule } from './clicks/clicks.module.js';
import { CONFIG, type Config } from './config.js';
import { CronWorker } from './queues/cron.worker.js';
import { BY_INDEX } from './db/connection.js';
import { createPool, dataSourceOptions, POOLS } from './db/database.js';
import { ApiKey } from './access/api-key.entity.js';
import { ApiKeysService } from './access/api-keys.service.js';
import { AccessModule } from './access/access.module.js';
import { AccountController } from './access/account.controller.js';
import { AuthorityService } from './access/authority.service.js';
import { PasswordsService } from './access/passwords.service.js';
import { PeopleController } from './access/people.controller.js';
import { SessionController } from './access/session.controller.js';
import { SessionsService } from './access/sessions.service.js';
import { SlowingService } from './access/slowing.service.js';
import { AuditService } from './access/audit.service.js';
import { JobsController } from './ops/jobs.controller.js';
import { OpsModule } from './ops/ops.module.js';
import { QueuesController } from './ops/queues.controller.js';
import { SystemController } from './ops/system.controller.js';
import { SystemService } from './ops/system.service.js';
import { SecurityController } from './access/security.controller.js';
import { IdsService } from './db/ids.service.js';
import { HandlersService } from './queues/handlers.service.js';
import { JobsService } from './queues/jobs.service.js';
import { NetworksController } from './offer-sources/networks.controller.js';
import { OfferSource } from './offer-sources/offer-source.entity.js';
import { PostbackToken } from './offer-sources/postback-token.entity.js';
import { OfferSourcesController } from './offer-sources/offer-sources.controller.js';
import { OfferSourcesModule } from './offer-sources/offer-sources.module.js';
import { MacrosController } from './offers/macros.controller.js';
import { Offer } from './offers/offer.entity.js';
import { OffersController } from './offers/offers.controller.js';
import { OffersModule } from './offers/offers.module.js';
import { PartitionsService } from './db/partitions.service.js';
import { BulkWorker } from './queues/bulk.worker.js';
import { ConversionsController } from './conversions/conversions.controller.js';
import { ConversionImportController } from './imports/conversion-import.controller.js';
import { InspectController } from './imports/inspect.controller.js';
import { RateImportController } from './imports/rate-import.controller.js';
import { ClickStoryController } from './postbacks/click-story.controller.js';
import { PostbackActionsController } from './postbacks/postback-actions.controller.js';
import { PostbackLogController } from './postbacks/postback-log.controller.js';
import { PostbacksController } from './postbacks/postbacks.controller.js';
import { ConversionsModule } from './conversions/conversions.module.js';
import { DeskController } from './desk/desk.controller.js';
import { EventsController } from './desk/events.controller.js';
import { TestDataController } from './desk/test-data.controller.js';
import { DeskModule } from './desk/desk.module.js';
import { ViewsController } from './desk/views.controller.js';
import { ImportsModule } from './imports/imports.module.js';
import { StatusesModule } from './statuses/statuses.module.js';
import { PostbacksModule } from './postbacks/postbacks.module.js';
import { IngestWorker } from './postbacks/postbacks.worker.js';
import { StatusesController } from './statuses/statuses.controller.js';
import { RatesController } from './rates/rates.controller.js';
import { RatesModule } from './rates/rates.module.js';
import { CountersWorker } from './reporting/counters.worker.js';
import { ColumnsStateService } from './reporting/columns/columns-state.service.js';
import { BuilderService } from './reporting/columns/builder.service.js';
import { ReportingModule } from './reporting/reporting.module.js';
import { ReportsController } from './reporting/reports.controller.js';
import { Readiness } from './ops/readiness.js';
import { HeardQueue, JOB_OPTIONS, QUEUE_NAMES, type QueueBackend } from './queues/queues.js';
import { ReadsService } from './db/reads.service.js';
import { StoreWorker } from './queues/store.worker.js';
import { ADMIN_POOL, DIRECT_URL, INGEST_POOL, REDIS, REPORTS_POOL, WORKER_POOL } from './db/tokens.js';

/** What a process opens once and main closes last. */
export interface Resources {
  config: Config;
  databaseUrl: string;
  /** A database URL that goes past the pooler, where there is one. */
  directUrl: string;
  queues: QueueBackend;
  pools: Record<'ingest' | 'worker' | 'reports' | 'admin', pg.Pool>;
}

export function openPools(databaseUrl: string): Resources['pools'] {
  return {
    ingest: createPool(databaseUrl, 'ingest', POOLS.ingest, 5_000, BY_INDEX),
    worker: createPool(databaseUrl, 'worker', POOLS.worker, 30_000),
    reports: createPool(databaseUrl, 'reports', POOLS.reports, 10_000),
    admin: createPool(databaseUrl, 'admin', POOLS.admin, 30_000),
  };
}

/** The tables that TypeORM reads and writes; all others have statements of their own. */
export const ENTITIES = [ApiKey, Offer, OfferSource, PostbackToken];

const FEATURES = [
  OpsModule,
  OfferSourcesModule,
  OffersModule,
  StatusesModule,
  ClicksModule,
  ConversionsModule,
  PostbacksModule,
  RatesModule,
  ImportsModule,
];

/** The modules of an API process. */
@Module({
  imports: [...FEATURES, AccessModule, DeskModule, ReportingModule],
  controllers: [
    ClicksController,
    PostbacksController,
    OfferSourcesController,
    NetworksController,
    OffersController,
    MacrosController,
    RatesController,
    ReportsController,
    ClickLogController,
    ClickStoryController,
    ClickImportController,
    EraseController,
    PostbackActionsController,
    PostbackLogController,
    ConversionsController,
    ConversionImportController,
    RateImportController,
    InspectController,
    StatusesController,
    QueuesController,
    JobsController,
    SystemController,
    SecurityController,
    SessionController,
    PeopleController,
    AccountController,
    DeskController,
    EventsController,
    TestDataController,
    ViewsController,
  ],
  providers: [SystemService],
})
export class ApiModule {}

/** The modules of a worker. */
@Module({
  imports: FEATURES,
  providers: [IngestWorker, BulkWorker, StoreWorker, CountersWorker, CronWorker, BuilderService],
})
export class WorkerModule {}

/** The only list of which modules run in which role. */
@Module({})
export class AppModule {
  static forRoot({ config, databaseUrl, directUrl, queues, pools }: Resources): DynamicModule {
    const shared = [
      { provide: CONFIG, useValue: config },
      { provide: DIRECT_URL, useValue: directUrl },
      { provide: INGEST_POOL, useValue: pools.ingest },
      { provide: WORKER_POOL, useValue: pools.worker },
      { provide: REPORTS_POOL, useValue: pools.reports },
      { provide: ADMIN_POOL, useValue: pools.admin },
      { provide: REDIS, useValue: queues.redis },
      IdsService,
      ChangesService,
      NoticesService,
      ForwardedService,
      PartitionsService,
      ApiKeysService,
      SlowingService,
      SessionsService,
      AuthorityService,
      PasswordsService,
      Readiness,
      HandlersService,
      JobsService,
      ReadsService,
      AuditService,
      ColumnsStateService,
    ];
    BullModule.queueClass = HeardQueue;
    const registered = BullModule.registerQueue(...QUEUE_NAMES.map((name) => ({ name, defaultJobOptions: JOB_OPTIONS[name] })));
    return {
      module: AppModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot(dataSourceOptions(databaseUrl, ENTITIES)),
        BullModule.forRoot(queues.options),
        registered,
        ...(config.role === 'worker' ? [] : [ApiModule]),
        ...(config.role === 'api' ? [] : [WorkerModule]),
      ],
      providers: shared,
      exports: [...shared, registered],
    };
  }
}
