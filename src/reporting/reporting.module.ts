import { Module } from '@nestjs/common';
import { CopiesService } from './columns/copies.service.js';
import { ReportsService } from './reports.service.js';

@Module({
  providers: [ReportsService, CopiesService],
  exports: [ReportsService, CopiesService],
})
export class ReportingModule {}
