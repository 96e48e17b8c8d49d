import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import type { Caller } from '../access/api-keys.service.js';
import { ApiErrors } from '../http/api-errors.js';
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
  @ApiErrors(401, 403, 503)
  list(@Req() { caller }: FastifyRequest): Promise<ViewList> {
    return this.views.list(caller as Caller);
  }

  @Post()
  @Access('write')
  @ApiOperation({ summary: 'Save a view' })
  @ApiCreatedResponse({ type: ViewAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422, 503)
  create(@Body() wanted: CreateView, @Req() { caller }: FastifyRequest): Promise<ViewAnswer> {
    return this.views.create(wanted, caller as Caller);
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
  @ApiOkResponse({ type: ViewAnswer })
  @ApiErrors(400, 401, 403, 404, 413, 415, 503)
  change(@Param('id') id: string, @Body() change: ChangeView): Promise<ViewAnswer> {
    return this.views.change(id, change);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access('write')
  @ApiOperation({ summary: 'Delete a view' })
  @ApiParam(ID)
  @ApiNoContentResponse()
  @ApiErrors(401, 403, 404, 503)
  remove(@Param('id') id: string): Promise<void> {
    return this.views.remove(id);
  }
}
