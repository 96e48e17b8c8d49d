import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { BulkReplay, BulkReplayAnswer, DryRun, DryRunAnswer, IgnoreRequest, ReplayAnswer, UnmatchedList } from './postback-actions.dto.js';
import { PostbackActionsService } from './postback-actions.service.js';

@ApiTags('Postbacks')
@Controller('api/v1/postbacks')
export class PostbackActionsController {
  constructor(private readonly actions: PostbackActionsService) {}

  @Get('unmatched')
  @Access('read')
  @ApiOperation({ summary: 'Postbacks without a click, by source, with the money at risk' })
  @ApiOkResponse({ type: UnmatchedList })
  @WholeList('offerSourceId', 'offerId')
  @ApiErrors(401, 403, 503)
  unmatched(): Promise<UnmatchedList> {
    return this.actions.unmatched();
  }

  @Post('dry-run')
  @HttpCode(200)
  @Access('read')
  @ApiOperation({
    summary: 'What a postback URL would do',
    description:
      'Step by step: values, click, source, status and where its meaning comes from, key, transition, money with its rate. Writes nothing.',
  })
  @ApiOkResponse({ type: DryRunAnswer })
  @ApiErrors(400, 401, 403, 413, 415, 503)
  dryRun(@Body() request: DryRun): Promise<DryRunAnswer> {
    return this.actions.dryRun(request);
  }

  @Post('replay')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Decide many requests again',
    description: 'All rows of the log that fit the filter; with dryRun only their count.',
  })
  @ApiOkResponse({ type: BulkReplayAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422, 503)
  replayAll(@Body() request: BulkReplay): Promise<BulkReplayAnswer> {
    return this.actions.replayAll(request);
  }

  @Post(':id/ignore')
  @HttpCode(204)
  @Access('write')
  @ApiOperation({
    summary: 'Set a dead letter aside',
    description: 'For a request whose result is `failed`. It stays in the log with the note, alerts no more, and can still be replayed.',
  })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiNoContentResponse()
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 503)
  ignore(@Param('id') id: string, @Body() { note }: IgnoreRequest): Promise<void> {
    return this.actions.ignore(id.toLowerCase(), note);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Decide a request again',
    description: 'Its verdict is cleared and the click folded again, by the rules and maps of now.',
  })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiErrors(400, 401, 403, 404, 409, 422, 503)
  replay(@Param('id') id: string): Promise<ReplayAnswer> {
    return this.actions.replay(id.toLowerCase());
  }
}
