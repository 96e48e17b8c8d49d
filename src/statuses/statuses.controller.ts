import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { AccountStatusMap, AccountStatusMapAnswer, UnmappedList, UpdateAccountStatusMap } from './statuses.dto.js';
import { StatusesService } from './statuses.service.js';

@ApiTags('Statuses')
@Controller('api/v1/statuses')
export class StatusesController {
  constructor(private readonly statuses: StatusesService) {}

  @Get('unmapped')
  @Access('read')
  @ApiOperation({
    summary: 'Status words seen and not mapped',
    description:
      'By source, with counts and the money they hold. Map a word by PATCH of the source’s statusMap or by PUT of the account’s, with reapply: true to decide the past anew.',
  })
  @ApiOkResponse({ type: UnmappedList })
  @WholeList('word', 'offerSourceId', 'mappedTo')
  @ApiErrors(401, 403, 503)
  unmapped(): Promise<UnmappedList> {
    return this.statuses.unmapped();
  }

  @Get('map')
  @Access('read')
  @ApiOperation({ summary: 'The account’s status words' })
  @ApiOkResponse({ type: AccountStatusMap })
  @ApiErrors(401, 403)
  map(): AccountStatusMap {
    return this.statuses.accountMap();
  }

  @Put('map')
  @Access('write')
  @ApiOperation({ summary: 'Replace the account’s status words' })
  @ApiOkResponse({ type: AccountStatusMapAnswer })
  @ApiErrors(400, 401, 403, 413, 415)
  setMap(@Body() change: UpdateAccountStatusMap): Promise<AccountStatusMapAnswer> {
    return this.statuses.setAccountMap(change);
  }
}
