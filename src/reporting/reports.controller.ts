import { Controller, Get, Header, Headers, Query, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { formatOf } from './report-export.js';
import { ReportAnswer, ReportQuery, ReportRow } from './report.dto.js';
import { ReportsService } from './reports.service.js';

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' };

@ApiTags('Reports')
@Access('read')
@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get()
  @Header('Vary', 'Accept')
  @ApiOperation({
    summary: 'Clicks, conversions and money, grouped',
    description:
      'Exact at every moment: what was counted a moment ago is in it. Rows beyond `limit` by `nextCursor`; totals are over all rows. With `Accept: text/csv` or `application/x-ndjson`, or `format`, all rows as a file, one export at a time.',
  })
  @ApiExtraModels(ReportAnswer, ReportRow)
  @ApiOkResponse({
    description: 'A page, or all rows as a file',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ReportAnswer) } },
      'text/csv': {
        schema: { type: 'string', example: 'offer,offerId,clicks,revenue\nRed shoes,019abc12-3456-7890-8abc-def012345678,1042,1250.4\n' },
      },
      'application/x-ndjson': { schema: { $ref: getSchemaPath(ReportRow) } },
    },
  })
  @ApiErrors(400, 401, 403, 503)
  async report(@Query() query: ReportQuery, @Headers('accept') accept?: string): Promise<ReportAnswer | StreamableFile> {
    const format = formatOf(query.format, accept);
    if (format === 'json') return this.reports.report(query);
    return new StreamableFile(await this.reports.export(query, format), {
      type: TYPES[format],
      disposition: `attachment; filename="report.${format}"`,
    });
  }
}
