import { Controller, Get, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { formatOf } from '../http/table.js';
import { Accept, ApiTable } from '../http/table-file.js';
import { ReportAnswer, ReportQuery, ReportRow } from './report.dto.js';
import { ReportsService } from './reports.service.js';

@ApiTags('Reports')
@Access('read')
@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get()
  @ApiOperation({
    summary: 'Clicks, conversions and money, grouped',
    description:
      'Exact at every moment: what was counted a moment ago is in it. Without `from` it begins seven days before it ends, without `to` it ends with today. Rows beyond `limit` by `nextCursor`; totals are over all rows. With `Accept: text/csv` or `application/x-ndjson`, or `format`, all rows as a file without totals, one export at a time.',
  })
  @ApiTable(ReportAnswer, ReportRow, 'offer,offerId,clicks,revenue\nRed shoes,019abc12-3456-7890-8abc-def012345678,1042,1250.4\n')
  @ApiErrors(400, 401, 403, 503)
  async report(@Query() query: ReportQuery, @Accept() accept?: string): Promise<ReportAnswer | StreamableFile> {
    const format = formatOf(query.format, accept);
    return format === 'json' ? this.reports.report(query) : this.reports.export(query, format);
  }
}
