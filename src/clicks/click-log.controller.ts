import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { cursorParts, pageOf, utcMs, UUID, type Page } from '../http/page.js';
import { uuidToCid } from '../lib/ids.js';
import { ReadsService } from '../db/reads.service.js';
import { ClickPage, ClickQuery, type ClickAnswer } from './click-log.dto.js';
import { clickIdOf, listClicks, type ClickLogRow } from './click-log.query.js';

@ApiTags('Clicks')
@Access('read')
@Controller('api/v1/clicks')
export class ClickLogController {
  constructor(private readonly reads: ReadsService) {}

  @Get()
  @ApiOperation({ summary: 'The log of clicks, newest first' })
  @ApiOkResponse({ type: ClickPage })
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() { limit, cursor, cid, from, to, country, ...filters }: ClickQuery): Promise<Page<ClickAnswer>> {
    const before = cursorParts(cursor, [UUID])?.[0];
    const clickId = cid === undefined ? undefined : await clickIdOf(this.reads, cid);
    if (clickId === null) return { data: [], nextCursor: null };
    const rows = await this.reads.rows<ClickLogRow>(
      listClicks({ ...filters, clickId, country: country?.toUpperCase(), from: utcMs(from), to: utcMs(to), before }, limit),
    );
    return pageOf(rows, limit, (last) => [last.clickId], toClick);
  }
}

export const toClick = ({ clickId, subs, ...facts }: ClickLogRow): ClickAnswer => ({ cid: uuidToCid(clickId), ...facts, ...subs });
