import { Controller, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { uploadOf } from '../http/upload.js';
import { IMPORT_FIELDS } from './read-click.js';
import { isTrue } from '../http/fields.js';
import { fileOptionsOf } from './file.dto.js';
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
  @ApiAcceptedResponse({ type: ClickImportAnswer, description: 'With wait=false: the import goes on as the job jobId' })
  @ApiErrors(400, 401, 403, 404, 415, 503)
  async import(
    @Req() request: FastifyRequest,
    @Query() query: ClickImportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClickImportAnswer> {
    const answer = await this.imports.import(uploadOf(request), {
      ...fileOptionsOf(query, IMPORT_FIELDS),
      commit: isTrue(query.commit, false),
      waits: isTrue(query.wait, true),
      offerId: query.offerId ?? null,
    });
    if (answer.state === 'active') void reply.status(202);
    return answer;
  }
}
