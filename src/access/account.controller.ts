import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../http/api-errors.js';
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
  get(): Promise<AccountAnswer> {
    return this.account.read();
  }

  @Patch()
  @Access('admin')
  @ApiOperation({
    summary: 'Change the account’s time zone',
    description: 'The page and its reports begin with it; a `tz` in a request wins.',
  })
  @ApiOkResponse({ type: AccountAnswer })
  @ApiErrors(400, 401, 403, 413, 415, 503)
  change(@Body() change: ChangeAccount): Promise<AccountAnswer> {
    return this.account.change(change);
  }
}
