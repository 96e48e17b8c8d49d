import { Body, Controller, Get, Headers, Inject, Param, Patch, Post, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { clickIdOf } from '../clicks/click-log.query.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { tagged } from '../http/etag.js';
import { cursorParts, pageOf, rangeOf, UUID } from '../http/page.js';
import { lookThrough } from '../http/looked.js';
import { Problem } from '../http/problem.js';
import { SUMS_MS, sumsOf } from '../http/sums.js';
import { fieldColumns, formatOf, type TableColumn } from '../http/table.js';
import { Accept, ApiTable, fileOf } from '../http/table-file.js';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { factConditions } from '../clicks/fact-filters.dto.js';
import { ReadsService } from '../db/reads.service.js';
import {
  AddConversion,
  ConversionAnswer,
  ConversionDetail,
  ConversionPage,
  ConversionQuery,
  UpdateConversion,
  type HistoryAnswer,
  type PayoutSums,
} from './conversion.dto.js';
import { parseConversionId } from './conversion-id.js';
import { ConversionsService } from './conversions.service.js';
import {
  historyOf,
  listConversions,
  sumConversions,
  toConversion,
  type ConversionEdge,
  type ConversionFilters,
  type ConversionRow,
} from './conversions.query.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ANYTHING = /^/;
/** The id of no click. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
const AMOUNTS = ['payout', 'rate', 'payoutBase', 'payoutReversed'];
/** The columns of the file, in its order; each parameter and event has its own. */
const FILE_COLUMNS: readonly TableColumn<ConversionAnswer>[] = [
  ...fieldColumns<ConversionAnswer>(
    [
      'id',
      'cid',
      'txid',
      'networkConversionId',
      'offerId',
      'offerSourceId',
      'status',
      'rawStatus',
      'payout',
      'currency',
      'rate',
      'rateDate',
      'rateSource',
      'payoutBase',
      'payoutReversed',
      'upsell',
      'test',
      'clickedAt',
      'convertedAt',
      'updatedAt',
    ],
    AMOUNTS,
  ),
  ...numbered('param', 20).map((name) => ({ name, value: ({ params }: ConversionAnswer) => params[name] })),
  ...numbered('event', 30).map((name) => ({ name, value: ({ events }: ConversionAnswer) => events[name], amount: true })),
];

@ApiTags('Conversions')
@Access('read')
@Controller('api/v1/conversions')
export class ConversionsController {
  constructor(
    private readonly reads: ReadsService,
    private readonly conversions: ConversionsService,
    private readonly ids: IdsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Conversions, newest first', description: 'Ordered by `convertedAt`. A page of them, or all as CSV or NDJSON.' })
  @ApiTable(
    ConversionPage,
    ConversionAnswer,
    'id,cid,txid,status,payout,currency\n01jd3q4k8m2v6x0r7t5w9y1z3b~dDpULTEwMDE,01jd3q4k8m2v6x0r7t5w9y1z3b,T-1001,approved,10,EUR\n',
  )
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() query: ConversionQuery, @Accept() accept?: string): Promise<ConversionPage | StreamableFile> {
    const { limit, cursor, sums } = query;
    const [convertedAt, clickId, key] = cursorParts(cursor, [TIME, UUID, ANYTHING]) ?? [];
    const after = convertedAt === undefined || clickId === undefined || key === undefined ? undefined : { convertedAt, clickId, key };
    const format = formatOf(query.format, accept);
    const wanted = await this.filtersOf(query);
    if (format !== 'json')
      return fileOf(this.reads, listConversions(wanted, null).page, {
        name: 'conversions',
        format,
        shown: (rows: ConversionRow[]) => rows.map(toConversion),
        columns: FILE_COLUMNS,
        options: query,
      });
    const { rows, edge } = await lookThrough<ConversionRow, ConversionEdge>(
      this.reads,
      listConversions({ ...wanted, after }, limit),
      limit,
    );
    const page = {
      ...pageOf(rows, limit, (last) => [last.convertedAt, last.clickId, last.key], toConversion, edge),
      lookedTo: edge?.convertedAt,
    };
    if (!sums) return page;
    const parts = await this.reads.rowsWithin<PayoutSums>(SUMS_MS, sumConversions(wanted));
    return { ...page, sums: sumsOf(parts, this.config.baseCurrency, ['payoutBase', 'payoutReversedBase']) };
  }

  private async filtersOf(query: ConversionQuery): Promise<ConversionFilters> {
    const { cid, txid, networkConversionId, status, rawStatus, offerId, offerSourceId, currency, upsell, test } = query;
    const { from, to } = rangeOf(query, this.config.timeZone, this.ids.now());
    const clickId = cid === undefined ? undefined : ((await clickIdOf(this.reads, cid)) ?? NOBODY);
    return {
      clickId,
      txid,
      networkConversionId,
      status,
      rawStatus,
      offerId,
      offerSourceId,
      currency,
      upsell,
      test,
      from,
      to,
      by: query.attribution,
      params: query as unknown as Record<string, string[] | undefined>,
      facts: factConditions(query, 'conversions'),
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One conversion with its history' })
  @ApiParam({ name: 'id', example: '01jd3q4k8m2v6x0r7t5w9y1z3b' })
  @ApiOkResponse({ type: ConversionDetail })
  @ApiErrors(401, 403, 404, 503)
  async one(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ConversionDetail> {
    const parsed = parseConversionId(id);
    const [row] = parsed === null ? [] : await this.reads.rows<ConversionRow>(listConversions(parsed, 1).page);
    if (row === undefined) throw Problem.notFound('conversion', id);
    return tagged(reply, { ...toConversion(row), history: await this.reads.rows<HistoryAnswer>(historyOf(row.clickId, row.key)) });
  }

  @Post()
  @Access('write')
  @ApiOperation({
    summary: 'Add a conversion by hand',
    description: 'For a click whose sale no postback has brought. An entry of the history; later postbacks with its txid change it.',
  })
  @ApiCreatedResponse({ type: ConversionDetail })
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  async add(@Body() wanted: AddConversion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ConversionDetail> {
    return this.one(await this.conversions.add(wanted), reply);
  }

  @Patch(':id')
  @Access('write')
  @ApiOperation({
    summary: 'Change status, payout or note by hand',
    description: 'An entry of the history like a postback, but that it beats the guards.',
  })
  @ApiParam({ name: 'id', example: '01jd3q4k8m2v6x0r7t5w9y1z3b' })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the conversion the change was made on; one that anything has changed in the meantime answers 412',
    example: '"2026-11-23T14:35:10.007Z"',
  })
  @ApiOkResponse({ type: ConversionDetail })
  @ApiErrors(400, 401, 403, 404, 412, 413, 415, 503)
  async update(
    @Param('id') id: string,
    @Body() change: UpdateConversion,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConversionDetail> {
    const parsed = parseConversionId(id);
    if (parsed === null) throw Problem.notFound('conversion', id);
    await this.conversions.enter(id, parsed, change, ifMatch);
    return this.one(id, reply);
  }
}
