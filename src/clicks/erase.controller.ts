import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { Erasure, ErasureAnswer } from './erase.dto.js';
import { EraseService } from './erase.service.js';

@ApiTags('Clicks')
@Controller('api/v1/clicks')
export class EraseController {
  constructor(private readonly erasures: EraseService) {}

  @Post('erase')
  @HttpCode(200)
  @Access('admin')
  @ApiOperation({
    summary: 'Erase personal data',
    description:
      'Of one click, of all clicks from an address, or of all that carried a visitor’s `externalId`: ip, user agent, referrer, landing URL and external id, and the address in the log of postbacks. Figures stay. By ip and by external id every day is read: it may take a while. `leaves` says what stays. `dryRun` counts and changes nothing. An address that looks like a proxy’s, with more than ten different browsers in one day or named in TRUST_PROXY, is refused (409) without `force`: it stands for many people.',
  })
  @ApiBody({ type: Erasure, examples: { visitor: { value: { externalId: 'user-7', dryRun: true } } } })
  @ApiOkResponse({ type: ErasureAnswer })
  @ApiErrors(400, 401, 403, 404, 409, 413, 415, 422)
  erase(@Body() wanted: Erasure): Promise<ErasureAnswer> {
    return this.erasures.erase(wanted);
  }
}
