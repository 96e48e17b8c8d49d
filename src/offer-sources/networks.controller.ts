import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { Problem } from '../http/problem.js';
import { NETWORKS } from './networks-data.js';
import type { Network } from './network.js';
import { findNetwork } from './networks.js';
import { NetworkAnswer, NetworkList } from './offer-source.dto.js';

@ApiTags('Networks')
@Access('read')
@Controller('api/v1/networks')
export class NetworksController {
  @Get()
  @ApiOperation({
    summary: 'The network catalogue',
    description: 'What is known of affiliate networks. An offer source created from a template is filled in with it.',
  })
  @ApiOkResponse({ type: NetworkList })
  @WholeList('key', 'name', 'cidParameter', 'defaultCurrency', 'amountSign')
  @ApiErrors(401, 403)
  list(): { data: readonly Network[]; nextCursor: null } {
    return { data: NETWORKS, nextCursor: null };
  }

  @Get(':key')
  @ApiOperation({ summary: 'One network' })
  @ApiParam({ name: 'key', example: 'affise' })
  @ApiOkResponse({ type: NetworkAnswer })
  @ApiErrors(401, 403, 404)
  one(@Param('key') key: string): Network {
    const network = findNetwork(key);
    if (network === null) throw Problem.notFound('network', key);
    return network;
  }
}
