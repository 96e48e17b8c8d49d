import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { AuthorityService } from '../access/authority.service.js';
import { Problem } from '../http/problem.js';
import { VERSION } from '../version.js';
import { HealthService } from './health.service.js';

/** For balancers and orchestrators. */
@ApiTags('Operations')
@Access('public')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly authority: AuthorityService,
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
    const told = (await this.isKnown(request, reply))
      ? { status, version: VERSION, parts }
      : { status, parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { status: part.status }])) };
    void reply
      .status(status === 'unavailable' ? 503 : 200)
      .type('application/json')
      .send(JSON.stringify(told));
  }

  /** Any key or session will do; without one the answer is the short one, not a refusal. */
  private async isKnown(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    if (request.headers.authorization === undefined && request.headers.cookie === undefined) return false;
    return this.authority.authorise(request, reply, 'read').then(
      () => true,
      (error: unknown) => {
        void reply.removeHeader('WWW-Authenticate');
        return error instanceof Problem && error.status === 403;
      },
    );
  }
}
