import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { columnsOf, uploadOf } from '../http/upload.js';
import { IMPORT_FIELDS } from './read-click.js';
import { ClickImportAnswer, ClickImportQuery } from './click-import.dto.js';
import { ClickImportService } from './click-import.service.js';

@ApiTags('Clicks')
@Controller('api/v1/clicks')
export class ClickImportController {
  constructor(private readonly imports: ClickImportService) {}

  @Post('import')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Import clicks from CSV',
    description:
      'A preview unless commit=true. The first line names the columns; those of Keitaro, Voluum and Binom are understood. Ids of other trackers are kept as importedCid and matched by postbacks. The same file again changes nothing.',
  })
  @ApiConsumes('text/csv', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', example: 'clickid,datetime,offer,sub_id_1\nabc-1,2026-11-01 10:00:00,red-shoes,banner-7' } })
  @ApiOkResponse({ type: ClickImportAnswer })
  @ApiErrors(400, 401, 403, 415, 503)
  import(@Req() request: FastifyRequest, @Query() { commit, columns, utcOffset, offerId }: ClickImportQuery): Promise<ClickImportAnswer> {
    return this.imports.import(uploadOf(request), {
      commit: commit === 'true',
      columns: columnsOf(columns, IMPORT_FIELDS),
      utcOffset: utcOffset ?? 'Z',
      offerId: offerId ?? null,
    });
  }
}
