import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { cursorParts, pageOf, utcMs, UUID, type Page } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { cidToUuid } from '../lib/ids.js';
import { ReadsService } from '../db/reads.service.js';
import { PostbackAnswer, PostbackPage, PostbackQuery } from './postback-log.dto.js';
import { listPostbacks, toPostback, type PostbackLogRow } from './postback-log.query.js';

@ApiTags('Postbacks')
@Access('read')
@Controller('api/v1/postbacks')
export class PostbackLogController {
  constructor(private readonly reads: ReadsService) {}

  @Get()
  @ApiOperation({
    summary: 'The log of every postback request, newest first',
    description: 'Refused ones too, and those that wait for their verdict (`accepted`, `waiting_click`).',
  })
  @ApiOkResponse({ type: PostbackPage })
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() { limit, cursor, cid, from, to, ...filters }: PostbackQuery): Promise<Page<PostbackAnswer>> {
    const before = cursorParts(cursor, [UUID])?.[0];
    const cids = cid === undefined ? undefined : [cidToUuid(cid) === null ? cid : cid.toLowerCase()];
    const rows = await this.reads.rows<PostbackLogRow>(
      listPostbacks({ ...filters, cids, from: utcMs(from), to: utcMs(to), before }, limit),
    );
    return pageOf(rows, limit, (last) => [last.id], toPostback);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One postback request with its verdict and what it changed' })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiOkResponse({ type: PostbackAnswer })
  @ApiErrors(401, 403, 404, 503)
  async one(@Param('id') id: string): Promise<PostbackAnswer> {
    const wanted = id.toLowerCase();
    const [row] = UUID.test(wanted) ? await this.reads.rows<PostbackLogRow>(listPostbacks({ id: wanted }, 1, null)) : [];
    if (row === undefined) throw Problem.notFound('postback', id);
    return toPostback(row);
  }
}
