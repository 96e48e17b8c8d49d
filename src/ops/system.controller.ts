import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { DoctorAnswer, RetentionAnswer } from './system.dto.js';
import { SystemService } from './system.service.js';

@ApiTags('Operations')
@Controller('api/v1')
export class SystemController {
  constructor(private readonly system: SystemService) {}

  @Get('doctor')
  @Access('ops')
  @ApiOperation({
    summary: 'What the tracker needs, and how it stands',
    description: 'The same as `npm run doctor` prints, of the process that answers, at most five seconds old.',
  })
  @ApiOkResponse({ type: DoctorAnswer })
  @ApiErrors(401, 403)
  async doctor(): Promise<DoctorAnswer> {
    return { data: await this.system.doctor() };
  }

  @Get('retention')
  @Access('read')
  @ApiOperation({
    summary: 'How long clicks and postbacks are kept',
    description: 'Set where the tracker is installed, see docs/configuration.md; and the oldest that there are.',
  })
  @ApiOkResponse({ type: RetentionAnswer })
  @ApiErrors(401, 403, 503)
  retention(): Promise<RetentionAnswer> {
    return this.system.retention();
  }
}
