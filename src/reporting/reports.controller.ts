import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { ReportAnswer, ReportQuery } from './report.dto.js';
import { ReportsService } from './reports.service.js';

@ApiTags('Reports')
@Access('read')
@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get()
  @ApiOperation({
    summary: 'Clicks, conversions and money, grouped',
    description: 'Exact at every moment: what was counted a moment ago is in it. Rows beyond `limit` by `nextCursor`; totals are over all rows.',
  })
  @ApiOkResponse({ type: ReportAnswer })
  @ApiErrors(400, 401, 403, 503)
  report(@Query() query: ReportQuery): Promise<ReportAnswer> {
    return this.reports.report(query);
  }
}
