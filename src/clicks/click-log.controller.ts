import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { cursorParts, pageOf, utcMs, UUID, type Page } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { cidToUuid, uuidToCid } from '../lib/ids.js';
import { listConversions, toConversion, type ConversionRow } from '../conversions/conversions.query.js';
import { listPostbacks, toPostback, type PostbackLogRow } from '../postbacks/postback-log.query.js';
import { ReadsService } from '../db/reads.service.js';
import { ClickDetail, ClickPage, ClickQuery, type ClickAnswer } from './click-log.dto.js';
import { findImported, listClicks, type ClickLogRow } from './click-log.query.js';

/** Of one click; more than this is a storm of retries. */
const MAX_POSTBACKS = 200;
const MAX_CONVERSIONS = 1_000;

/** Of ours or another tracker's. */
const CID = /^[A-Za-z0-9_.-]{1,128}$/;

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
    const clickId = cid === undefined ? undefined : await this.clickIdOf(cid);
    if (clickId === null) return { data: [], nextCursor: null };
    const rows = await this.reads.rows<ClickLogRow>(
      listClicks({ ...filters, clickId, country: country?.toUpperCase(), from: utcMs(from), to: utcMs(to), before }, limit),
    );
    return pageOf(rows, limit, (last) => [last.clickId], toClick);
  }

  @Get(':cid')
  @ApiOperation({ summary: 'One click with its postbacks and conversions' })
  @ApiParam({
    name: 'cid',
    description: 'Our click id in any letter case, or the one an imported click came with',
    example: '01jd3q4k8m2v6x0r7t5w9y1z3b',
  })
  @ApiOkResponse({ type: ClickDetail })
  @ApiErrors(401, 403, 404, 503)
  async one(@Param('cid') cid: string): Promise<ClickDetail> {
    const clickId = CID.test(cid) ? await this.clickIdOf(cid) : null;
    const [click] = clickId === null ? [] : await this.reads.rows<ClickLogRow>(listClicks({ clickId }, 1));
    if (click === undefined) throw Problem.notFound('click', cid);
    const conversions = await this.reads.rows<ConversionRow>(listConversions({ clickId: click.clickId }, MAX_CONVERSIONS));
    const cids = [
      ...new Set([uuidToCid(click.clickId), cidToUuid(cid) === null ? cid : cid.toLowerCase(), ...conversions.map((c) => c.cid)]),
    ];
    const postbacks = await this.reads.rows<PostbackLogRow>(listPostbacks({ cids }, MAX_POSTBACKS));
    return { ...toClick(click), postbacks: postbacks.slice(0, MAX_POSTBACKS).map(toPostback), conversions: conversions.map(toConversion) };
  }

  /** What an imported click came with, else one of our ids; null when it is neither. */
  private async clickIdOf(cid: string): Promise<string | null> {
    const [imported] = await this.reads.rows<{ clickId: string }>(findImported(cid));
    return imported?.clickId ?? cidToUuid(cid);
  }
}

const toClick = ({ clickId, subs, ...facts }: ClickLogRow): ClickAnswer => ({ cid: uuidToCid(clickId), ...facts, ...subs });
