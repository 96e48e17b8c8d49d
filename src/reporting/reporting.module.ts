import { Module } from '@nestjs/common';
import { ReadsService } from '../reads.service.js';
import { ReportsService } from './reports.service.js';

@Module({
  providers: [ReadsService, ReportsService],
  exports: [ReadsService, ReportsService],
})
export class ReportingModule {}
