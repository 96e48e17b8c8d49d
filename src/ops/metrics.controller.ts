import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { CONFIG, type Config } from '../config.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { AuthorityService } from '../access/authority.service.js';
import { MetricsService } from './metrics.service.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** For Prometheus. */
@ApiTags('Operations')
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: MetricsService,
    private readonly authority: AuthorityService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('metrics')
  @Access('token')
  @ApiOperation({
    summary: 'Prometheus metrics',
    description: 'Bearer METRICS_TOKEN where it is set, else an API key with the role ops or admin.',
  })
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'Text exposition format', content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiErrors(401, 403)
  async all(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const token = this.config.metricsToken;
    const sent = request.headers.authorization?.replace(/^Bearer /i, '') ?? '';
    if (token === null || !timingSafeEqual(digest(sent), digest(token))) await this.authority.authorise(request, reply, 'ops');
    void reply.type(register.contentType).send(await this.metrics.text());
  }
}
