import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import type { Caller } from '../access/api-keys.service.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { ApiIfMatch, tagged } from '../http/etag.js';
import { ChangeView, ChooseStart, CreateView, StartAnswer, ViewAnswer, ViewList } from './view.dto.js';
import { ViewsService } from './views.service.js';

const ID = { name: 'id', example: '019abc12-3456-7890-8abc-def012345678' };

@ApiTags('Page')
@Controller('api/v1/views')
export class ViewsController {
  constructor(private readonly views: ViewsService) {}

  @Get()
  @Access('read')
  @ApiOperation({ summary: 'Saved views of the page, by name', description: 'Shared by everybody.' })
  @ApiOkResponse({ type: ViewList })
  @WholeList('name', 'address', 'madeBy')
  @ApiErrors(401, 403, 503)
  list(@Req() { caller }: FastifyRequest): Promise<ViewList> {
    return this.views.list(caller as Caller);
  }

  @Post()
  @Access('write')
  @ApiOperation({ summary: 'Save a view' })
  @ApiCreatedResponse({ type: ViewAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422, 503)
  async create(
    @Body() wanted: CreateView,
    @Req() { caller }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ViewAnswer> {
    return tagged(reply, await this.views.create(wanted, caller as Caller));
  }

  @Get(':id')
  @Access('read')
  @ApiOperation({ summary: 'One view' })
  @ApiParam(ID)
  @ApiOkResponse({ type: ViewAnswer })
  @ApiErrors(401, 403, 404, 503)
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ViewAnswer> {
    return tagged(reply, await this.views.get(id));
  }

  @Put('start')
  @Access('self')
  @ApiOperation({ summary: 'Choose the view that the caller starts with' })
  @ApiOkResponse({ type: StartAnswer })
  @ApiErrors(400, 401, 403, 404, 413, 415, 503)
  start(@Body() wanted: ChooseStart, @Req() { caller }: FastifyRequest): Promise<StartAnswer> {
    return this.views.start(wanted, caller as Caller);
  }

  @Patch(':id')
  @Access('write')
  @ApiOperation({ summary: 'Rename a view, or save it anew' })
  @ApiParam(ID)
  @ApiIfMatch()
  @ApiOkResponse({ type: ViewAnswer })
  @ApiErrors(400, 401, 403, 404, 412, 413, 415, 503)
  async change(
    @Param('id') id: string,
    @Body() change: ChangeView,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ViewAnswer> {
    return tagged(reply, await this.views.change(id, change, ifMatch));
  }

  @Delete(':id')
  @HttpCode(204)
  @Access('write')
  @ApiOperation({ summary: 'Delete a view' })
  @ApiParam(ID)
  @ApiIfMatch()
  @ApiNoContentResponse()
  @ApiErrors(401, 403, 404, 412, 503)
  remove(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.views.remove(id, ifMatch);
  }
}
