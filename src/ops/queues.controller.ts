import { getQueueToken } from '@nestjs/bullmq';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Queue } from 'bullmq';
import { QUEUE_NAMES, withTimeout, type QueueName } from '../queues/queues.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { MetricsService } from './metrics.service.js';
import { Problem } from '../http/problem.js';
import { QueueList } from './queue.dto.js';

const TIMEOUT_MS = 2_000;
/** Failed jobs moved back in one step; BullMQ repeats it until none is left. */
const RETRY_STEP = 1_000;

@ApiTags('Operations')
@Controller('api/v1/queues')
@Access('ops')
export class QueuesController {
  constructor(
    private readonly modules: ModuleRef,
    private readonly metrics: MetricsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Queues with their depths' })
  @ApiOkResponse({ type: QueueList })
  @WholeList('name', 'paused')
  @ApiErrors(401, 403, 503)
  async list(): Promise<QueueList> {
    const queues = await answered(this.metrics.queues());
    return { data: queues.map(({ oldest, ...queue }) => ({ ...queue, oldestAgeSeconds: oldest })), nextCursor: null };
  }

  @Post(':name/pause')
  @HttpCode(204)
  @ApiOperation({ summary: 'Pause a queue', description: 'Postbacks are still accepted; they wait in the inbox.' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiNoContentResponse()
  @ApiErrors(400, 401, 403, 404, 409, 422, 503)
  pause(@Param('name') name: string): Promise<void> {
    return answered(this.queue(name).pause());
  }

  @Post(':name/resume')
  @HttpCode(204)
  @ApiOperation({ summary: 'Resume a queue' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiNoContentResponse()
  @ApiErrors(400, 401, 403, 404, 409, 422, 503)
  resume(@Param('name') name: string): Promise<void> {
    return answered(this.queue(name).resume());
  }

  @Post(':name/retry')
  @HttpCode(204)
  @ApiOperation({ summary: 'Retry failed jobs', description: 'All of them, whatever made them fail.' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiNoContentResponse()
  @ApiErrors(400, 401, 403, 404, 409, 422, 503)
  retry(@Param('name') name: string): Promise<void> {
    return answered(this.queue(name).retryJobs({ state: 'failed', count: RETRY_STEP }));
  }

  private queue(name: string): Queue {
    if (!QUEUE_NAMES.includes(name as QueueName)) throw Problem.notFound('queue', name);
    return this.modules.get<Queue>(getQueueToken(name), { strict: false });
  }
}

/** BullMQ waits for ever for a Redis that is away; a caller does not. */
function answered<T>(asked: Promise<T>): Promise<T> {
  return withTimeout(asked, TIMEOUT_MS).catch(() => {
    throw new Problem(
      503,
      'unavailable',
      'The queues do not answer; what was asked for may still happen when they do. GET /readyz says what is missing.',
    );
  });
}
