import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { JobsService, type JobRow } from '../queues/jobs.service.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { JobAnswer, JobPage, JobQuery } from './job.dto.js';
import { cursorParts, pageOf, UUID, type Page } from '../http/page.js';
import { Problem } from '../http/problem.js';

const toAnswer = ({ id, kind, state, done, total, result, error, createdAt, finishedAt }: JobRow): JobAnswer => ({
  id,
  kind,
  state,
  done,
  total,
  result,
  error,
  createdAt: createdAt.toISOString(),
  finishedAt: finishedAt?.toISOString() ?? null,
});

@ApiTags('Operations')
@Controller('api/v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Get()
  @Access('read')
  @ApiOperation({
    summary: 'Long jobs, newest first',
    description: 'Replays, what a change of a status map or a new rate decides anew, and files that are taken in.',
  })
  @ApiOkResponse({ type: JobPage })
  @ApiErrors(400, 401, 403)
  async list(@Query() { limit, cursor, kind, state }: JobQuery): Promise<Page<JobAnswer>> {
    const before = cursorParts(cursor, [UUID])?.[0];
    return pageOf(await this.jobs.list(limit, { kind, state, before }), limit, (last) => [last.id], toAnswer);
  }

  @Get(':id')
  @Access('read')
  @ApiOperation({ summary: 'One job with its progress' })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiOkResponse({ type: JobAnswer })
  @ApiErrors(401, 403, 404)
  async one(@Param('id') id: string): Promise<JobAnswer> {
    const row = UUID.test(id) ? await this.jobs.get(id) : null;
    if (row === null) throw Problem.notFound('job', id);
    return toAnswer(row);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Access('write')
  @ApiOperation({
    summary: 'Cancel a job',
    description:
      'It stops within a second or two. What it has done stays done: each step stands on its own, and the same job asked for again does the rest.',
  })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiOkResponse({ type: JobAnswer })
  @ApiErrors(400, 401, 403, 404, 409, 422)
  async cancel(@Param('id') id: string): Promise<JobAnswer> {
    const row = UUID.test(id) ? await this.jobs.cancel(id) : null;
    if (row === null) throw Problem.notFound('job', id);
    if (row.state !== 'cancelled') throw new Problem(409, 'finished', `The job is ${row.state} already: there is nothing to cancel.`);
    return toAnswer(row);
  }
}
