import { Body, Controller, Get, Headers, Patch, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiErrors } from '../http/api-errors.js';
import { ApiIfMatch, taggedAs } from '../http/etag.js';
import { Access } from './access.js';
import { AccountAnswer, ChangeAccount } from './account.dto.js';
import { AccountService } from './account.service.js';

@ApiTags('People')
@Controller('api/v1/account')
export class AccountController {
  constructor(private readonly account: AccountService) {}

  @Get()
  @Access('read')
  @ApiOperation({ summary: 'What holds for everybody who signs in' })
  @ApiOkResponse({ type: AccountAnswer })
  @ApiErrors(401, 403, 503)
  async get(@Res({ passthrough: true }) reply: FastifyReply): Promise<AccountAnswer> {
    return withTag(reply, await this.account.read());
  }

  @Patch()
  @Access('admin')
  @ApiOperation({
    summary: 'Change the account’s time zone',
    description: 'The page and its reports begin with it; a `tz` in a request wins.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ type: AccountAnswer })
  @ApiErrors(400, 401, 403, 412, 413, 415, 503)
  async change(
    @Body() change: ChangeAccount,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountAnswer> {
    return withTag(reply, await this.account.change(change, ifMatch));
  }
}

const withTag = (reply: FastifyReply, account: AccountAnswer): AccountAnswer => taggedAs(reply, account, account.timeZone);
