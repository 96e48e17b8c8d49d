import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { uploadOf } from '../http/upload.js';
import { isTrue } from '../http/fields.js';
import { fileOptionsOf } from './file.dto.js';
import { RateImportAnswer, RateImportQuery } from './rate-import.dto.js';
import { RateImportService } from './rate-import.service.js';
import { RATE_FIELDS } from './read-rate.js';

@ApiTags('Rates')
@Controller('api/v1/rates')
export class RateImportController {
  constructor(private readonly imports: RateImportService) {}

  @Post('import')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Import rates from CSV',
    description:
      'Columns currency, day and rate, in units of the base currency. A preview unless commit=true; conversions without a rate are then decided anew.',
  })
  @ApiConsumes('text/csv', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', example: 'currency,day,rate\nUSDT,2026-11-20,0.9998' } })
  @ApiOkResponse({ type: RateImportAnswer })
  @ApiErrors(400, 401, 403, 413, 415, 503)
  import(@Req() request: FastifyRequest, @Query() query: RateImportQuery): Promise<RateImportAnswer> {
    return this.imports.import(uploadOf(request), isTrue(query.commit, false), fileOptionsOf(query, new Set(RATE_FIELDS)));
  }
}
