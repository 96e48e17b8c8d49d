import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { uploadOf } from '../http/upload.js';
import { InspectAnswer, InspectQuery } from './inspect.dto.js';
import { InspectService } from './inspect.service.js';

@ApiTags('Imports')
@Controller('api/v1/imports')
export class InspectController {
  constructor(private readonly files: InspectService) {}

  @Post('inspect')
  @HttpCode(200)
  @Access('read')
  @ApiOperation({
    summary: 'How a file would be read',
    description:
      'Its delimiter, encoding, columns and first lines, also where a column is missing that an import would ask for: what a person needs to correct the columns before the preview. Writes nothing.',
  })
  @ApiConsumes('text/csv', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', example: 'Click ID;Betrag\n01jd3q4k8m2v6x0r7t5w9y1z3b;12,50' } })
  @ApiOkResponse({ type: InspectAnswer })
  @ApiErrors(400, 401, 403, 404, 415, 503)
  inspect(@Req() request: FastifyRequest, @Query() query: InspectQuery): Promise<InspectAnswer> {
    return this.files.inspect(uploadOf(request), query);
  }
}
