import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, seesTokens } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { ApiIfMatch, tagged } from '../http/etag.js';
import type { Page } from '../http/page.js';
import {
  CreateOfferSource,
  OfferSourceAnswer,
  OfferSourcePage,
  OfferSourceQuery,
  Removal,
  RotatedToken,
  RotateToken,
  UpdateOfferSource,
} from './offer-source.dto.js';
import { OfferSourcesService } from './offer-sources.service.js';
import { withoutTokens } from './postback-url.js';

const ID = { name: 'id', example: '01973b50-3c20-7a10-9d2b-0f4c6b8e7d12' };

@ApiTags('Offer sources')
@Controller('api/v1/offer-sources')
export class OfferSourcesController {
  constructor(private readonly sources: OfferSourcesService) {}

  @Post()
  @Access('write')
  @ApiOperation({
    summary: 'Create an offer source',
    description: 'A template fills in what is known of its network. The answer’s postbackUrl is ready to paste there.',
  })
  @ApiCreatedResponse({ type: OfferSourceAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422)
  async create(@Body() fields: CreateOfferSource, @Res({ passthrough: true }) reply: FastifyReply): Promise<OfferSourceAnswer> {
    return tagged(reply, await this.sources.create(fields));
  }

  @Get()
  @Access('read')
  @ApiOperation({ summary: 'Offer sources, newest first' })
  @ApiOkResponse({ type: OfferSourcePage })
  @ApiErrors(400, 401, 403)
  async list(@Query() query: OfferSourceQuery, @Req() request: FastifyRequest): Promise<Page<OfferSourceAnswer>> {
    const page = await this.sources.list(query);
    return seesTokens(request) ? page : { ...page, data: page.data.map(withoutTokens) };
  }

  @Get(':id')
  @Access('read')
  @ApiOperation({ summary: 'One offer source' })
  @ApiParam(ID)
  @ApiOkResponse({ type: OfferSourceAnswer })
  @ApiErrors(401, 403, 404)
  async get(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OfferSourceAnswer> {
    const answer = await this.sources.get(id);
    return tagged(reply, seesTokens(request) ? answer : withoutTokens(answer));
  }

  @Patch(':id')
  @Access('write')
  @ApiOperation({ summary: 'Change an offer source', description: 'A field given replaces the whole field.' })
  @ApiParam(ID)
  @ApiIfMatch()
  @ApiOkResponse({ type: OfferSourceAnswer })
  @ApiErrors(400, 401, 403, 404, 412, 413, 415)
  async update(
    @Param('id') id: string,
    @Body() changes: UpdateOfferSource,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OfferSourceAnswer> {
    return tagged(reply, await this.sources.update(id, changes, ifMatch));
  }

  @Delete(':id')
  @Access('write')
  @ApiOperation({
    summary: 'Delete or archive an offer source',
    description: 'Archives it where an offer, a click or a postback refers to it: its postbacks still count.',
  })
  @ApiParam(ID)
  @ApiIfMatch()
  @ApiOkResponse({ type: Removal })
  @ApiErrors(401, 403, 404, 412)
  remove(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<Removal> {
    return this.sources.remove(id, ifMatch);
  }

  @Post(':id/rotate-token')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({ summary: 'Replace the token in the postback URL', description: 'The tokens in use stay valid for graceHours.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: RotatedToken })
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 422)
  rotateToken(@Param('id') id: string, @Body() { graceHours }: RotateToken): Promise<RotatedToken> {
    return this.sources.rotateToken(id, graceHours);
  }
}
