import { getQueueToken } from '@nestjs/bullmq';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Queue } from 'bullmq';
import { QUEUE_NAMES, type QueueName } from '../queues.js';
import { Access } from './access.js';
import { ApiErrors } from './api-errors.js';
import { MetricsService } from './metrics.service.js';
import { Problem } from './problem.js';
import { QueueAnswer } from './queue.dto.js';

/** How many failed jobs one retry moves back at most. */
const RETRY_AT_ONCE = 1_000;

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
  @ApiOkResponse({ type: [QueueAnswer] })
  @ApiErrors(401, 403)
  async list(): Promise<QueueAnswer[]> {
    return (await this.metrics.queues()).map(({ queue, counts, age, paused }) => ({
      name: queue,
      paused,
      waiting: counts.waiting ?? 0,
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      failed: counts.failed ?? 0,
      oldestAgeSeconds: age,
    }));
  }

  @Post(':name/pause')
  @HttpCode(204)
  @ApiOperation({ summary: 'Pause a queue', description: 'Postbacks are still accepted; they wait in the inbox.' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiErrors(401, 403, 404)
  pause(@Param('name') name: string): Promise<void> {
    return this.queue(name).pause();
  }

  @Post(':name/resume')
  @HttpCode(204)
  @ApiOperation({ summary: 'Resume a queue' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiErrors(401, 403, 404)
  resume(@Param('name') name: string): Promise<void> {
    return this.queue(name).resume();
  }

  @Post(':name/retry')
  @HttpCode(204)
  @ApiOperation({ summary: 'Retry failed jobs', description: 'Up to 1000 at a time.' })
  @ApiParam({ name: 'name', enum: QUEUE_NAMES })
  @ApiErrors(401, 403, 404)
  async retry(@Param('name') name: string): Promise<void> {
    await this.queue(name).retryJobs({ state: 'failed', count: RETRY_AT_ONCE });
  }

  private queue(name: string): Queue {
    if (!QUEUE_NAMES.includes(name as QueueName)) throw Problem.notFound('queue', name);
    return this.modules.get<Queue>(getQueueToken(name), { strict: false });
  }
}
