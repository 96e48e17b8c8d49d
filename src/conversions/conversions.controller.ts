import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { clickIdOf } from '../clicks/click-log.query.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { cursorParts, pageOf, utcIso, UUID, type Page } from '../http/page.js';
import { Problem } from '../http/problem.js';

import { ReadsService } from '../db/reads.service.js';
import {
  ConversionDetail,
  ConversionPage,
  ConversionQuery,
  UpdateConversion,
  type ConversionAnswer,
  type HistoryAnswer,
} from './conversion.dto.js';
import { parseConversionId } from './conversion-id.js';
import { ConversionsService } from './conversions.service.js';
import { historyOf, listConversions, toConversion, type ConversionRow } from './conversions.query.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ANYTHING = /^/;

@ApiTags('Conversions')
@Access('read')
@Controller('api/v1/conversions')
export class ConversionsController {
  constructor(
    private readonly reads: ReadsService,
    private readonly conversions: ConversionsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Conversions, newest first', description: 'By `convertedAt`.' })
  @ApiOkResponse({ type: ConversionPage })
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() { limit, cursor, cid, from, to, ...filters }: ConversionQuery): Promise<Page<ConversionAnswer>> {
    const [convertedAt, after, key] = cursorParts(cursor, [TIME, UUID, ANYTHING]) ?? [];
    const clickId = cid === undefined ? undefined : await clickIdOf(this.reads, cid);
    if (clickId === null) return { data: [], nextCursor: null };
    const rows = await this.reads.rows<ConversionRow>(
      listConversions(
        {
          ...filters,
          clickId,
          from: utcIso(from),
          to: utcIso(to),
          after: convertedAt === undefined || after === undefined || key === undefined ? undefined : { convertedAt, clickId: after, key },
        },
        limit,
      ),
    );
    return pageOf(rows, limit, (last) => [last.convertedAt, last.clickId, last.key], toConversion);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One conversion with its history' })
  @ApiParam({ name: 'id', example: '01jd3q4k8m2v6x0r7t5w9y1z3b' })
  @ApiOkResponse({ type: ConversionDetail })
  @ApiErrors(401, 403, 404, 503)
  async one(@Param('id') id: string): Promise<ConversionDetail> {
    const parsed = parseConversionId(id);
    const [row] = parsed === null ? [] : await this.reads.rows<ConversionRow>(listConversions(parsed, 1));
    if (row === undefined) throw Problem.notFound('conversion', id);
    return { ...toConversion(row), history: await this.reads.rows<HistoryAnswer>(historyOf(row.clickId, row.key)) };
  }

  @Patch(':id')
  @Access('write')
  @ApiOperation({
    summary: 'Change status, payout or note by hand',
    description: 'An entry of the history like a postback, but that it beats the guards.',
  })
  @ApiParam({ name: 'id', example: '01jd3q4k8m2v6x0r7t5w9y1z3b' })
  @ApiOkResponse({ type: ConversionDetail })
  @ApiErrors(400, 401, 403, 404, 413, 415, 503)
  async update(@Param('id') id: string, @Body() change: UpdateConversion): Promise<ConversionDetail> {
    const parsed = parseConversionId(id);
    if (parsed === null) throw Problem.notFound('conversion', id);
    await this.conversions.enter(id, parsed, change);
    return this.one(id);
  }
}
