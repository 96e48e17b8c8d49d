import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, seesTokens } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { ApiIfMatch, tagged } from '../http/etag.js';
import type { Page } from '../http/page.js';
import { Removal, RotatedToken, RotateToken } from '../offer-sources/offer-source.dto.js';
import { withoutTokens } from '../offer-sources/postback-url.js';
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
  @ApiBody({
    type: CreateOffer,
    examples: {
      alone: {
        value: { name: 'Red shoes DE', url: 'https://shop.example/shoes?sub={clickid}', payout: '12.5', currency: 'EUR', tags: ['shoes'] },
      },
    },
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
  @ApiBody({ type: PreviewOffer, examples: { alone: { value: { url: 'https://shop.example/{countrycode}?sub={clickid}' } } } })
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
  async list(@Query() query: OfferQuery, @Req() request: FastifyRequest): Promise<Page<OfferAnswer>> {
    const page = await this.offers.list(query);
    return seesTokens(request) ? page : { ...page, data: page.data.map(withoutTokens) };
  }

  @Get(':id')
  @Access('read')
  @ApiOperation({ summary: 'One offer' })
  @ApiParam(ID)
  @ApiOkResponse({ type: OfferAnswer })
  @ApiErrors(401, 403, 404)
  async get(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OfferAnswer> {
    const answer = await this.offers.get(id);
    return tagged(reply, seesTokens(request) ? answer : withoutTokens(answer));
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
  @ApiIfMatch()
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
  @ApiIfMatch()
  @ApiOkResponse({ type: Removal })
  @ApiErrors(401, 403, 404, 412)
  remove(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<Removal> {
    return this.offers.remove(id, ifMatch);
  }

  @Post(':id/rotate-token')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Replace the token in the postback URL of an offer without a source',
    description:
      'The tokens in use stay valid for graceHours. An offer that has a source uses the source’s token: only those of its own end.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: RotatedToken })
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 422)
  rotateToken(@Param('id') id: string, @Body() { graceHours }: RotateToken): Promise<RotatedToken> {
    return this.offers.rotateToken(id, graceHours);
  }
}
