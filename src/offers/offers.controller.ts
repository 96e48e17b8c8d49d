import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { tagged } from '../http/etag.js';
import type { Page } from '../http/page.js';
import { Removal } from '../offer-sources/offer-source.dto.js';
import {
  CreateOffer,
  OfferAnswer,
  OfferPage,
  OfferPreview,
  OfferQuery,
  OffersChanged,
  PreviewOffer,
  UpdateOffer,
  UpdateOffers,
} from './offer.dto.js';
import { OffersService } from './offers.service.js';

const ID = { name: 'id', example: '01973b52-b111-7f02-8c4e-52a1d8e6f301' };

@ApiTags('Offers')
@Controller('api/v1/offers')
export class OffersController {
  constructor(private readonly offers: OffersService) {}

  @Post()
  @Access('write')
  @ApiOperation({
    summary: 'Create an offer',
    description: 'The answer has its tracking and postback URLs to copy, the macros of its URL with their positions, and warnings.',
  })
  @ApiCreatedResponse({ type: OfferAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422)
  async create(@Body() fields: CreateOffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<OfferAnswer> {
    return tagged(reply, await this.offers.create(fields));
  }

  @Post('preview')
  @HttpCode(200)
  @Access('read')
  @ApiOperation({ summary: 'Expand a URL with a sample click', description: 'Nothing is stored.' })
  @ApiOkResponse({ type: OfferPreview })
  @ApiErrors(400, 401, 403, 413, 415)
  preview(@Body() wanted: PreviewOffer): Promise<OfferPreview> {
    return this.offers.preview(wanted);
  }

  @Get()
  @Access('read')
  @ApiOperation({ summary: 'Offers, newest first' })
  @ApiOkResponse({ type: OfferPage })
  @ApiErrors(400, 401, 403)
  list(@Query() query: OfferQuery): Promise<Page<OfferAnswer>> {
    return this.offers.list(query);
  }

  @Get(':id')
  @Access('read')
  @ApiOperation({ summary: 'One offer' })
  @ApiParam(ID)
  @ApiOkResponse({ type: OfferAnswer })
  @ApiErrors(401, 403, 404)
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<OfferAnswer> {
    return tagged(reply, await this.offers.get(id));
  }

  @Patch()
  @Access('write')
  @ApiOperation({
    summary: 'Change several offers alike',
    description: 'Pause, archive, tag: all of them or, when one is not there, none.',
  })
  @ApiOkResponse({ type: OffersChanged })
  @ApiErrors(400, 401, 403, 404, 413, 415)
  async updateMany(@Body() change: UpdateOffers): Promise<OffersChanged> {
    return { data: await this.offers.updateMany(change) };
  }

  @Patch(':id')
  @Access('write')
  @ApiOperation({
    summary: 'Change an offer',
    description: 'A field given replaces the whole field. Clicks already made keep what they were sent to.',
  })
  @ApiParam(ID)
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version the change was made on; another one in the meantime answers 412',
    example: '"1"',
  })
  @ApiOkResponse({ type: OfferAnswer })
  @ApiErrors(400, 401, 403, 404, 412, 413, 415)
  async update(
    @Param('id') id: string,
    @Body() changes: UpdateOffer,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OfferAnswer> {
    return tagged(reply, await this.offers.update(id, changes, ifMatch));
  }

  @Delete(':id')
  @Access('write')
  @ApiOperation({
    summary: 'Delete or archive an offer',
    description: 'Archives it when it was ever clicked: its conversions still count.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: Removal })
  @ApiErrors(401, 403, 404)
  remove(@Param('id') id: string): Promise<Removal> {
    return this.offers.remove(id);
  }
}
