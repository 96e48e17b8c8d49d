import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { type Macro, MACROS } from './landing-url.js';
import { MacroList } from './offer.dto.js';

@ApiTags('Offers')
@Controller('api/v1/macros')
export class MacrosController {
  @Get()
  @Access('read')
  @ApiOperation({
    summary: 'The macros of offer URLs',
    description: 'Letter case does not count. A macro without a value becomes empty, an unknown one stays as written.',
  })
  @ApiOkResponse({ type: MacroList })
  @WholeList('name')
  @ApiErrors(401, 403)
  list(): { data: readonly Macro[]; nextCursor: null } {
    return { data: MACROS, nextCursor: null };
  }
}
