import { Controller, Get, Inject, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { CONFIG, type Config } from '../config.js';
import { parseConversionId } from '../conversions/conversion-id.js';
import { IdsService } from '../db/ids.service.js';
import { lookThrough } from '../http/looked.js';
import { cursorParts, isoOf, pageOf, rangeOf, UUID } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { SUMMED, SUMS_MS } from '../http/sums.js';
import { fieldColumns, formatOf, type TableColumn } from '../http/table.js';
import { Accept, ApiTable, fileOf } from '../http/table-file.js';
import { ClicksService } from '../clicks/clicks.service.js';
import { cidToUuid, uuidTime } from '../lib/ids.js';
import { ReadsService } from '../db/reads.service.js';
import { ExplainService } from './explain.service.js';
import { PostbackAnswer, PostbackPage, PostbackQuery, type ResultSums } from './postback-log.dto.js';
import { listPostbacks, sumPostbacks, type PostbackFilters, type PostbackLogRow } from './postback-log.query.js';

/** The columns of the file, in its order. */
const FILE_COLUMNS: readonly TableColumn<PostbackAnswer>[] = [
  ...fieldColumns<PostbackAnswer>([
    'id',
    'receivedAt',
    'decidedAt',
    'offerSourceId',
    'tokenSourceId',
    'tokenOfferId',
    'cid',
    'method',
    'path',
    'query',
    'body',
    'ip',
    'result',
    'reason',
    'ignored',
  ]),
  { name: 'warnings', value: ({ warnings }) => warnings.join(' ') },
  ...fieldColumns<PostbackAnswer>(['conversionId', 'explanation']),
];

/** The id of no click, and so of no conversion. */
const NO_CONVERSION = { clickId: '00000000-0000-0000-0000-000000000000', key: '' };

@ApiTags('Postbacks')
@Access('read')
@Controller('api/v1/postbacks')
export class PostbackLogController {
  constructor(
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly explained: ExplainService,
    private readonly clicks: ClicksService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The log of every postback request, newest first',
    description: 'Refused ones too, and those that wait for their verdict (`accepted`, `waiting_click`).',
  })
  @ApiTable(
    PostbackPage,
    PostbackAnswer,
    'id,receivedAt,cid,query,result\n019abc12-3456-7890-8abc-def012345678,2026-11-23T14:35:10.007Z,01jd3q4k8m2v6x0r7t5w9y1z3b,cid=01jd3q4k8m2v6x0r7t5w9y1z3b&payout=10,created\n',
  )
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() query: PostbackQuery, @Accept() accept?: string): Promise<PostbackPage | StreamableFile> {
    const {
      limit,
      cursor,
      sums,
      cid,
      conversionId,
      method,
      result,
      reason,
      offerSourceId,
      tokenSourceId,
      tokenOfferId,
      warnings,
      ip,
      ignored,
    } = query;
    const before = cursorParts(cursor, [UUID])?.[0];
    const { from, to } = rangeOf(query, this.config.timeZone, this.ids.now());
    const cids = cid === undefined ? undefined : [cidToUuid(cid) === null ? cid : cid.toLowerCase()];
    const wanted: PostbackFilters = {
      cids,
      conversion: conversionId === undefined ? undefined : (parseConversionId(conversionId) ?? NO_CONVERSION),
      result,
      reason,
      offerSourceId,
      tokenSourceId,
      tokenOfferId,
      warnings,
      ips: ip === undefined ? undefined : this.clicks.formsOf(ip),
      method: method?.toUpperCase(),
      ignored,
      from,
      to,
    };
    const format = formatOf(query.format, accept);
    if (format !== 'json')
      return fileOf(this.reads, listPostbacks(wanted, null).page, {
        name: 'postbacks',
        format,
        shown: (rows: PostbackLogRow[]) => this.explained.answers(rows),
        columns: FILE_COLUMNS,
        options: query,
      });
    const { rows, edge } = await lookThrough<PostbackLogRow, Pick<PostbackLogRow, 'id'>>(
      this.reads,
      listPostbacks({ ...wanted, before }, limit),
      limit,
    );
    const { data, nextCursor } = pageOf(
      rows,
      limit,
      (last) => [last.id],
      (row) => row,
      edge,
    );
    const lookedTo = edge === null ? undefined : isoOf(uuidTime(edge.id));
    const page = { data: await this.explained.answers(data), nextCursor, lookedTo };
    if (!sums) return page;
    const byResult = await this.reads.rowsWithin<ResultSums>(SUMS_MS, sumPostbacks(wanted));
    const count = byResult?.reduce((sum, part) => sum + part.count, 0) ?? 0;
    return { ...page, sums: byResult && { count, complete: count <= SUMMED, byResult } };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One postback request with its verdict and what it changed' })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiOkResponse({ type: PostbackAnswer })
  @ApiErrors(401, 403, 404, 503)
  async one(@Param('id') id: string): Promise<PostbackAnswer> {
    const wanted = id.toLowerCase();
    const [row] = UUID.test(wanted) ? await this.reads.rows<PostbackLogRow>(listPostbacks({ id: wanted }, 1, null).page) : [];
    if (row === undefined) throw Problem.notFound('postback', id);
    return (await this.explained.answers([row]))[0] as PostbackAnswer;
  }
}
