import { Controller, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { uploadOf } from '../http/upload.js';
import { isTrue } from '../http/fields.js';
import { fileOptionsOf } from './file.dto.js';
import { CONVERSION_FIELDS } from './read-conversion.js';
import { ConversionImportAnswer, ConversionImportQuery, ReconcileAnswer, ReconcileQuery } from './conversion-import.dto.js';
import { ConversionImportService } from './conversion-import.service.js';
import { differencesCsv, ReconcileService } from './reconcile.service.js';

@ApiTags('Conversions')
@Controller('api/v1/conversions')
export class ConversionImportController {
  constructor(
    private readonly imports: ConversionImportService,
    private readonly statements: ReconcileService,
  ) {}

  @Post('import')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Import conversions',
    description:
      'Each line is a postback, decided like any other. A preview unless commit=true: what each line would do, sums by status and currency, and in notes what the file lacks and what holds instead. CSV, or the lines of Keitaro and Binom. A commit is answered when every line has its verdict.',
  })
  @ApiConsumes('text/csv', 'text/plain', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', example: 'cid,payout,currency,status,txid\n01jd3q4k8m2v6x0r7t5w9y1z3b,12.50,USD,sale,T-1' } })
  @ApiOkResponse({ type: ConversionImportAnswer })
  @ApiAcceptedResponse({
    type: ConversionImportAnswer,
    description: 'The import goes on as the job jobId: with wait=false, and while no worker decides',
  })
  @ApiErrors(400, 401, 403, 404, 415, 503)
  async import(
    @Req() request: FastifyRequest,
    @Query() query: ConversionImportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConversionImportAnswer> {
    const answer = await this.imports.import(uploadOf(request), {
      ...fileOptionsOf(query, CONVERSION_FIELDS),
      commit: isTrue(query.commit, false),
      waits: isTrue(query.wait, true),
      format: query.format ?? 'csv',
      offerSourceId: query.offerSourceId ?? null,
    });
    if (answer.state === 'active') void reply.status(202);
    return answer;
  }

  @Post('reconcile')
  @HttpCode(200)
  @Access('read')
  @ApiOperation({
    summary: 'Compare a network’s statement with our conversions',
    description:
      'Missing, extra, different status, different amount, by txid or cid. Writes nothing. With Accept: text/csv the differences as CSV.',
  })
  @ApiConsumes('text/csv', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', example: 'txid,status,payout,currency\nT-1,approved,12.50,USD' } })
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: ReconcileAnswer })
  @ApiErrors(400, 401, 403, 404, 415, 503)
  async reconcile(
    @Req() request: FastifyRequest,
    @Query() query: ReconcileQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReconcileAnswer | string> {
    const answer = await this.statements.reconcile(uploadOf(request), query, fileOptionsOf(query, CONVERSION_FIELDS));
    if (!/\btext\/csv\b/i.test(request.headers.accept ?? '')) return answer;
    void reply.type('text/csv; charset=utf-8');
    return differencesCsv(answer);
  }
}
