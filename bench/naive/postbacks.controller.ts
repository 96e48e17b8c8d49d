import { InjectQueue } from '@nestjs/bullmq';
import { Controller, Get, Query } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { PostbackDto } from './postback.dto.js';

@Controller('postback')
export class PostbacksController {
  constructor(@InjectQueue(process.env.QUEUE ?? 'postbacks') private readonly queue: Queue) {}

  @Get()
  async receive(@Query() postback: PostbackDto): Promise<string> {
    await this.queue.add('postback', { postback, receivedAt: Date.now() });
    return 'OK';
  }
}
