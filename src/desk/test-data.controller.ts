import { Body, Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { SendTestPostback, TestDataRemoved, TestPostbackSent, TestToken } from './test-data.dto.js';
import { TestDataService } from './test-data.service.js';

@ApiTags('Page')
@Access('write')
@Controller('api/v1')
export class TestDataController {
  constructor(private readonly tests: TestDataService) {}

  @Post('test-token')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A token that makes clicks tests',
    description: 'Added to a tracking link as the parameter named, for an hour. Strangers cannot make one.',
  })
  @ApiOkResponse({ type: TestToken })
  @ApiErrors(400, 401, 403, 409, 422)
  token(): TestToken {
    return this.tests.token();
  }

  @Post('test-postbacks')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send a test postback',
    description:
      'As the network would, by the offer’s own postback URL, for a test click. Its address is unknown, so that a source with allowed addresses refuses it.',
  })
  @ApiOkResponse({ type: TestPostbackSent })
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 422, 503)
  send(@Body() wanted: SendTestPostback): Promise<TestPostbackSent> {
    return this.tests.send(wanted);
  }

  @Delete('test-data')
  @ApiOperation({
    summary: 'Remove test clicks and their conversions',
    description: 'Out of the lists and every figure. Their requests stay in the log.',
  })
  @ApiOkResponse({ type: TestDataRemoved })
  @ApiErrors(401, 403, 503)
  remove(): Promise<TestDataRemoved> {
    return this.tests.remove();
  }
}
