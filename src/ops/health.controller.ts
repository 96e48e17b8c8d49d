import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { HealthService } from './health.service.js';

/** For balancers and orchestrators. */
@ApiTags('Operations')
@Access('public')
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Is the process alive', description: 'Says only that its event loop turns.' })
  @ApiResponse({ status: 200, description: 'Alive', content: { 'application/json': { example: { status: 'ok' } } } })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Can it do its work', description: 'Names each part with what is wrong and what to do.' })
  @ApiResponse({
    status: 200,
    description: 'Ready, maybe degraded',
    content: { 'application/json': { example: { status: 'ok', parts: { postgres: { status: 'ok', detail: 'PostgreSQL 18.4' } } } } },
  })
  @ApiResponse({
    status: 503,
    description: 'Not ready',
    content: {
      'application/json': {
        example: {
          status: 'unavailable',
          parts: { queue: { status: 'missing', detail: 'Redis evicts keys (maxmemory-policy allkeys-lru): set it to noeviction' } },
        },
      },
    },
  })
  async readyz(@Res() reply: FastifyReply): Promise<void> {
    const health = await this.health.check();
    void reply
      .status(health.status === 'unavailable' ? 503 : 200)
      .type('application/json')
      .send(JSON.stringify(health));
  }
}
