import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { AttentionAnswer } from './attention.dto.js';
import { AttentionService } from './attention.service.js';
import { SearchAnswer, SearchQuery } from './search.dto.js';
import { SearchService } from './search.service.js';

@ApiTags('Page')
@Access('read')
@Controller('api/v1')
export class DeskController {
  constructor(
    private readonly attention: AttentionService,
    private readonly search: SearchService,
  ) {}

  @Get('attention')
  @ApiOperation({
    summary: 'What wants a hand, newest and dearest first',
    description: 'At most some seconds old. Counts of the log look at the last day, or at its 20,000 newest rows of the kind.',
  })
  @ApiOkResponse({ type: AttentionAnswer })
  @WholeList('kind', 'currency', 'offerSourceId')
  @ApiErrors(401, 403, 503)
  async whatWantsAHand(): Promise<AttentionAnswer> {
    return { data: await this.attention.list(), nextCursor: null };
  }

  @Get('search')
  @ApiOperation({ summary: 'Find an offer, a source, a click or a conversion' })
  @ApiOkResponse({ type: SearchAnswer })
  @ApiErrors(400, 401, 403, 503)
  async find(@Query() { q }: SearchQuery): Promise<SearchAnswer> {
    return { data: await this.search.find(q) };
  }
}
