import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG, type Config } from '../config.js';
import { Access } from '../access/access.js';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { IdsService } from '../db/ids.service.js';
import { Problem } from '../http/problem.js';
import { isDay } from './day.js';
import { NewRate, RateAnswer, RateList } from './rate.dto.js';
import { RatesService } from './rates.service.js';
import { namedCurrency } from '../lib/currency-signs.js';

@ApiTags('Rates')
@Controller('api/v1/rates')
export class RatesController {
  constructor(
    private readonly rates: RatesService,
    private readonly ids: IdsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Access('read')
  @ApiOperation({
    summary: 'Rates in force today',
    description: 'In units of the base currency for one unit of each currency. A conversion keeps the rate of the day it was converted at.',
  })
  @ApiOkResponse({ type: RateList })
  @WholeList('currency', 'day', 'source')
  @ApiErrors(401, 403)
  list(): RateList {
    const today = this.today();
    return { data: this.rates.list(today), nextCursor: null, baseCurrency: this.config.baseCurrency, ageDays: this.rates.age().days };
  }

  @Post()
  @Access('write')
  @ApiOperation({
    summary: 'Set a rate by hand',
    description: 'Holds from its day until a newer rate; conversions already made keep theirs.',
  })
  @ApiCreatedResponse({ type: RateAnswer })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422)
  async override(@Body() { currency, rate, day = this.today() }: NewRate): Promise<RateAnswer> {
    if (!isDay(day, this.today()))
      throw Problem.invalid([{ pointer: '/day', message: 'day must be a day of the calendar, YYYY-MM-DD, and not after today' }]);
    const row = { currency: namedCurrency(currency), day, rate, source: 'manual' as const };
    const wrong = this.rates.wrongIn(row);
    if (wrong !== null) throw Problem.invalid([{ pointer: '/rate', message: wrong }]);
    await this.rates.store([row]);
    return row;
  }

  private today(): string {
    return new Date(this.ids.now()).toISOString().slice(0, 10);
  }
}
