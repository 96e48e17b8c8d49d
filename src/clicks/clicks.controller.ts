import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { Access } from '../access/access.js';
import { NOTHING_HERE } from '../http/public-path.js';
import { clientIp, parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';
import { ClicksService } from './clicks.service.js';

/** The public tracking link, which visitors open. */
@ApiTags('Clicks (public)')
@Access('public')
@Controller()
export class ClicksController {
  private readonly trusted: IpRanges;

  constructor(
    private readonly clicks: ClicksService,
    @Inject(CONFIG) config: Config,
  ) {
    this.trusted = parseIpRanges(config.trustProxy).ranges;
  }

  @Get('c/:offerKey')
  @ApiOperation({ summary: 'Tracking link', description: 'Stores the click and redirects to the offer’s URL with its macros expanded.' })
  @ApiParam({ name: 'offerKey', description: 'The offer’s key', example: 'k3v9d2m7qa' })
  @ApiQuery({ name: 'sub1', required: false, description: 'sub1 to sub20, free text', example: 'banner-7' })
  @ApiQuery({ name: 'externalid', required: false, description: 'The traffic source’s own click id' })
  @ApiQuery({ name: 'source', required: false })
  @ApiQuery({ name: 'keyword', required: false })
  @ApiQuery({ name: 'cost', required: false, description: 'What the click cost, a decimal', example: '0.05' })
  @ApiQuery({ name: 'cost_currency', required: false, example: 'USD' })
  @ApiResponse({
    status: 302,
    description: 'Location is the offer, or the fallback of a paused or archived offer',
    headers: { Location: { schema: { type: 'string', format: 'uri' } } },
  })
  @ApiResponse({
    status: 404,
    description: 'Unknown key, or a paused or archived offer without a fallback',
    content: { 'text/html': { schema: { type: 'string' } } },
  })
  async click(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const location = await this.clicks.track({
      key: (request.params as { offerKey: string }).offerKey,
      method: request.method,
      query: request.query as Record<string, unknown>,
      headers: request.headers,
      ip: clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.trusted),
      arrived: performance.now(),
    });
    void reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer').header('X-Robots-Tag', 'noindex');
    if (location === null) void reply.status(404).type('text/html; charset=utf-8').send(NOTHING_HERE);
    else void reply.status(302).header('Location', location).send();
  }
}
