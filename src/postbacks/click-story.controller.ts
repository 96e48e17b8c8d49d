import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { toClick } from '../clicks/click-log.controller.js';
import { clickIdOf, listClicks, type ClickLogRow } from '../clicks/click-log.query.js';
import { listConversions, toConversion, type ConversionRow } from '../conversions/conversions.query.js';
import { ReadsService } from '../db/reads.service.js';
import { ApiErrors } from '../http/api-errors.js';
import { Problem } from '../http/problem.js';
import { cidToUuid, uuidToCid } from '../lib/ids.js';
import { ClickDetail } from './click-story.dto.js';
import { ExplainService } from './explain.service.js';
import { listPostbacks, type PostbackLogRow } from './postback-log.query.js';

/** Of ours or another tracker's. */
const CID = /^[A-Za-z0-9_.-]{1,128}$/;
/** Of one click; more than this is a storm of retries. */
const MAX_POSTBACKS = 200;
const MAX_CONVERSIONS = 1_000;

@ApiTags('Clicks')
@Access('read')
@Controller('api/v1/clicks')
export class ClickStoryController {
  constructor(
    private readonly reads: ReadsService,
    private readonly explained: ExplainService,
  ) {}

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
    const clickId = CID.test(cid) ? await clickIdOf(this.reads, cid) : null;
    const [click] = clickId === null ? [] : await this.reads.rows<ClickLogRow>(listClicks({ clickId }, 1).page);
    if (click === undefined) throw Problem.notFound('click', cid);
    const conversions = await this.reads.rows<ConversionRow>(listConversions({ clickId: click.clickId }, MAX_CONVERSIONS).page);
    const cids = [
      ...new Set([uuidToCid(click.clickId), cidToUuid(cid) === null ? cid : cid.toLowerCase(), ...conversions.map((c) => c.cid)]),
    ];
    const postbacks = await this.reads.rows<PostbackLogRow>(listPostbacks({ cids }, MAX_POSTBACKS).page);
    return {
      ...toClick(click),
      postbacks: await this.explained.answers(postbacks.slice(0, MAX_POSTBACKS)),
      conversions: conversions.map(toConversion),
    };
  }
}
