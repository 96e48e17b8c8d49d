import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, type Permission } from '../access/access.js';
import { ApiKeysService } from '../access/api-keys.service.js';
import { authorise } from '../access/auth.guard.js';
import { VERSION } from '../version.js';
import { HealthService } from './health.service.js';

/** For balancers and orchestrators. */
@ApiTags('Operations')
@Access('public')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly keys: ApiKeysService,
  ) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Is the process alive', description: 'Says only that its event loop turns.' })
  @ApiResponse({ status: 200, description: 'Alive', content: { 'application/json': { example: { status: 'ok' } } } })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    summary: 'Can it do its work',
    description:
      'Says of each part whether it is ok, degraded (it works and needs attention) or missing. With an API key also what is wrong, what to do, and the version.',
  })
  @ApiResponse({
    status: 200,
    description: 'Ready, maybe degraded',
    content: { 'application/json': { example: { status: 'ok', parts: { postgres: { status: 'ok' } } } } },
  })
  @ApiResponse({
    status: 503,
    description: 'Not ready',
    content: {
      'application/json': {
        example: {
          status: 'unavailable',
          version: '0.2.0',
          parts: { queue: { status: 'missing', detail: 'Redis evicts keys (maxmemory-policy allkeys-lru): set it to noeviction' } },
        },
      },
    },
  })
  async readyz(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { status, parts } = await this.health.check();
    // For balancers the names and states will do; versions and addresses are not for strangers.
    const told = this.isKnown(request, reply)
      ? { status, version: VERSION, parts }
      : { status, parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { status: part.status }])) };
    void reply
      .status(status === 'unavailable' ? 503 : 200)
      .type('application/json')
      .send(JSON.stringify(told));
  }

  /** Any key will do; without a good one the answer is the short one, not a refusal. */
  private isKnown(request: FastifyRequest, reply: FastifyReply): boolean {
    if (request.headers.authorization === undefined) return false;
    const may = (permission: Permission): boolean => {
      try {
        authorise(request, reply, permission, this.keys);
        return true;
      } catch {
        return false;
      }
    };
    const known = may('read') || may('ops');
    if (!known) void reply.removeHeader('WWW-Authenticate');
    return known;
  }
}
