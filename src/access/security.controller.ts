import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { iso, where } from '../lib/sql.js';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { ReadsService } from '../db/reads.service.js';
import { Access } from './access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { ApiKeysService } from './api-keys.service.js';
import { cursorParts, isoOf, pageOf, rangeOf, UUID, type Page } from '../http/page.js';
import { ApiKeyCreated, ApiKeyList, type AuditAnswer, AuditPage, AuditQuery, CreateApiKey } from './security.dto.js';

@ApiTags('Security')
@Controller('api/v1')
@Access('admin')
export class SecurityController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('api-keys')
  @ApiOperation({ summary: 'Make an API key', description: 'The answer shows it, this once.' })
  @ApiCreatedResponse({ type: ApiKeyCreated })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422)
  create(@Body() wanted: CreateApiKey): Promise<ApiKeyCreated> {
    return this.keys.create(wanted);
  }

  @Get('api-keys')
  @ApiOperation({ summary: 'API keys, newest first', description: 'ADMIN_API_KEY of the environment is not among them.' })
  @ApiOkResponse({ type: ApiKeyList })
  @WholeList('name', 'role')
  @ApiErrors(401, 403)
  async list(): Promise<ApiKeyList> {
    return { data: await this.keys.list(), nextCursor: null };
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key', description: 'It is refused everywhere within a second.' })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiNoContentResponse()
  @ApiErrors(401, 403, 404, 409)
  revoke(@Param('id') id: string, @Req() { caller }: FastifyRequest): Promise<void> {
    return this.keys.revoke(id, caller?.id ?? null);
  }

  @Get('audit-log')
  @ApiOperation({ summary: 'Who changed what, newest first' })
  @ApiOkResponse({ type: AuditPage })
  @ApiErrors(400, 401, 403, 503)
  async audit(@Query() query: AuditQuery): Promise<Page<AuditAnswer>> {
    const { limit, cursor, actor, action, subject } = query;
    const { from, to } = rangeOf(query, this.config.timeZone, this.ids.now());
    const { sql, values } = where([
      ['actor = ?', actor],
      ['action = ?', action],
      ['subject = ?', subject],
      ['at >= ?::timestamptz', isoOf(from)],
      ['at < ?::timestamptz', isoOf(to)],
      ['id < ?::uuid', cursorParts(cursor, [UUID])?.[0]],
    ]);
    const rows = await this.reads.rows<AuditAnswer>({
      text: `SELECT id, ${iso('at')} AS at, actor, action, subject, details FROM audit_log WHERE ${sql} ORDER BY id DESC LIMIT ${limit + 1}`,
      values,
    });
    return pageOf(
      rows,
      limit,
      (last) => [last.id],
      (row) => row,
    );
  }
}
