import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Click, Conversion, ConversionHistory, HourlyStat, PostbackLog } from './entities.js';
import { PostbacksController } from './postbacks.controller.js';
import { CONCURRENCY, PostbacksProcessor } from './postbacks.processor.js';

/**
 * What one writes first: a validated DTO, a job per request, a TypeORM transaction per job. On Fastify, like Cidra, so
 * that designs are compared and not web servers. `main.js api` makes the tables and answers, `main.js worker` works.
 */

@Module({})
class NaiveModule {
  static forRole(role: string): DynamicModule {
    return {
      module: NaiveModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: process.env.DATABASE_URL,
          entities: [Click, Conversion, ConversionHistory, PostbackLog, HourlyStat],
          synchronize: role === 'api' && CONCURRENCY === 1,
          poolSize: Math.max(2, CONCURRENCY),
        }),
        BullModule.forRoot({ connection: redisConnection(process.env.REDIS_URL ?? '') }),
        BullModule.registerQueue({ name: process.env.QUEUE ?? 'postbacks', defaultJobOptions: { attempts: 3, removeOnComplete: true } }),
      ],
      controllers: role === 'api' ? [PostbacksController] : [],
      providers: role === 'api' ? [] : [PostbacksProcessor],
    };
  }
}

function redisConnection(url: string): { host: string; port: number; db: number } {
  const { hostname, port, pathname } = new URL(url);
  return { host: hostname, port: Number(port), db: Number(pathname.slice(1)) };
}

const role = process.argv[2] ?? 'api';
const app = await NestFactory.create<NestFastifyApplication>(NaiveModule.forRole(role), new FastifyAdapter(), { logger: ['error'] });
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
await app.listen(Number(process.env.PORT), '127.0.0.1');
console.log(`The naive ${role} is running`);
