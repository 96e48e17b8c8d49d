import { Controller, Get, Inject, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { CONFIG, type Config } from '../config.js';
import { ApiErrors } from '../http/api-errors.js';
import { lookThrough } from '../http/looked.js';
import { cursorParts, isoOf, pageOf, rangeOf, UUID } from '../http/page.js';
import { SUMS_MS, sumsOf } from '../http/sums.js';
import { fieldColumns, formatOf, type TableColumn } from '../http/table.js';
import { Accept, ApiTable, fileOf } from '../http/table-file.js';
import { uuidTime, uuidToCid } from '../lib/ids.js';
import { IdsService } from '../db/ids.service.js';
import { ReadsService } from '../db/reads.service.js';
import { ClickAnswer, ClickPage, ClickQuery, type CostSums } from './click-log.dto.js';
import { clickIdOf, listClicks, sumClicks, type ClickFilters, type ClickLogRow } from './click-log.query.js';
import { ClicksService } from './clicks.service.js';
import { factConditions } from './fact-filters.dto.js';

@ApiTags('Clicks')
@Access('read')
@Controller('api/v1/clicks')
export class ClickLogController {
  constructor(
    private readonly reads: ReadsService,
    private readonly clicks: ClicksService,
    private readonly ids: IdsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The log of clicks, newest first', description: 'A page of it, or all of it as CSV or NDJSON.' })
  @ApiTable(
    ClickPage,
    ClickAnswer,
    'cid,offerId,createdAt,country\n01jd3q4k8m2v6x0r7t5w9y1z3b,019abc12-3456-7890-8abc-def012345678,2026-11-23T14:05:09.123Z,DE\n',
  )
  @ApiErrors(400, 401, 403, 503)
  async list(@Query() query: ClickQuery, @Accept() accept?: string): Promise<ClickPage | StreamableFile> {
    const { limit, cursor, sums } = query;
    const before = cursorParts(cursor, [UUID])?.[0];
    const format = formatOf(query.format, accept);
    const wanted = await this.filtersOf(query);
    if (format !== 'json')
      return fileOf(this.reads, listClicks(wanted, null).page, {
        name: 'clicks',
        format,
        shown: (rows: ClickLogRow[]) => rows.map(toClick),
        columns: COLUMNS,
        options: query,
      });
    const { rows, edge } = await lookThrough<ClickLogRow, Pick<ClickLogRow, 'clickId'>>(
      this.reads,
      listClicks({ ...wanted, before }, limit),
      limit,
    );
    const page = {
      ...pageOf(rows, limit, (last) => [last.clickId], toClick, edge),
      lookedTo: edge === null ? undefined : isoOf(uuidTime(edge.clickId)),
    };
    if (!sums) return page;
    return {
      ...page,
      sums: sumsOf(await this.reads.rowsWithin<CostSums>(SUMS_MS, sumClicks(wanted)), this.config.baseCurrency, ['costBase']),
    };
  }

  private async filtersOf(query: ClickQuery): Promise<ClickFilters> {
    const { cid, ip, offerId, offerSourceId, unique, bot, test } = query;
    const { from, to } = rangeOf(query, this.config.timeZone, this.ids.now());
    const clickId = cid === undefined ? undefined : ((await clickIdOf(this.reads, cid)) ?? NOBODY);
    const ips = ip === undefined ? undefined : this.clicks.formsOf(ip);
    return { clickId, offerId, offerSourceId, ips, unique, bot, test, from, to, facts: factConditions(query, 'clicks') };
  }
}

/** The id of no click. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const SUBS = Array.from({ length: 20 }, (_, i) => `sub${i + 1}`);
/** The columns of the file, in its order. */
const COLUMNS: readonly TableColumn<ClickAnswer>[] = [
  ...fieldColumns<ClickAnswer>(
    [
      'cid',
      'offerId',
      'offerSourceId',
      'createdAt',
      'externalId',
      'source',
      'keyword',
      ...SUBS,
      'cost',
      'costCurrency',
      'costBase',
      'country',
      'region',
      'city',
      'isp',
      'device',
      'deviceBrand',
      'deviceModel',
      'os',
      'osVersion',
      'browser',
      'browserVersion',
      'language',
      'referrer',
      'referrerDomain',
      'ip',
      'userAgent',
      'landingUrl',
      'unique',
      'bot',
      'test',
      'importedCid',
    ],
    ['cost', 'costBase'],
  ),
  { name: 'warnings', value: ({ warnings }) => warnings.join(' ') },
];

export const toClick = ({ clickId, subs, ...facts }: ClickLogRow): ClickAnswer => ({ cid: uuidToCid(clickId), ...facts, ...subs });
