import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../access/access.js';
import { AuthorityService } from '../access/authority.service.js';
import { ApiErrors } from '../http/api-errors.js';
import { positionOf } from './event-stream.js';
import { EventsQuery } from './events.dto.js';
import { EventsService } from './events.service.js';

@ApiTags('Page')
@Access('read')
@Controller('api/v1/events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly authority: AuthorityService,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Verdicts and conversions as they are committed',
    description:
      'Server-sent events: `verdict` with a request as the log has it, `conversion` with the conversion it made or changed, or that somebody changed by hand, `sampled` with `{ verdicts, told }` when there were more than are told. Ids to resume by `Last-Event-ID`, for an hour: nothing is missed, and nothing comes again unless another process, or one started since, answers; it may tell two seconds’ worth again. At most 50 listeners a process; one that does not read is dropped.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Id of the last event seen',
    example: '1795788310007-019abc12-3456-7890-8abc-def012345678-5f0c2e91v',
  })
  @ApiOkResponse({
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: 'id: 1795788310007-019abc12-3456-7890-8abc-def012345678-5f0c2e91v\nevent: verdict\ndata: {"result":"created"}\n\n',
      },
    },
  })
  @ApiErrors(400, 401, 403, 503)
  async stream(
    @Query() wanted: EventsQuery,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.events.refuseTooMany();
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    // Proxies must not gather what is meant for now.
    raw.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    if (request.method === 'HEAD') return void raw.end();
    await this.events.listen(raw, wanted, positionOf(last), () => this.mayStill(request, reply));
  }

  private mayStill(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    return this.authority.authorise(request, reply, 'read').then(
      () => true,
      () => false,
    );
  }
}
