import 'reflect-metadata';
import { randomBytes, randomInt } from 'node:crypto';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readRequest } from '../../src/clicks/click-facts.js';
import { createIdMaker, uuidTime, uuidToCid } from '../../src/lib/ids.js';
import { compileLandingUrl } from '../../src/offers/landing-url.js';
import { OFFERS } from '../data.js';

/**
 * What the framework alone can do: Nest on Fastify with handlers that store nothing. The postback is not even parsed;
 * the redirect makes its id and Location as Cidra does (offer from memory, parameters, macros) and leaves out all that
 * only a stored click needs (device, country, bot, visitor, cost).
 */
@Controller()
class EmptyController {
  private readonly offers = new Map(OFFERS.map((offer) => [offer.key, { offer, landing: compileLandingUrl(offer.url) }]));
  private readonly makeId = createIdMaker(() => Date.now(), randomBytes);

  @Get('postback')
  postback(): string {
    return 'OK';
  }

  @Get('c/:offerKey')
  click(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const found = this.offers.get((request.params as { offerKey: string }).offerKey);
    if (found === undefined) return void reply.status(404).send();
    const id = this.makeId();
    const location = found.landing.expand({
      cid: uuidToCid(id),
      at: uuidTime(id),
      offer: found.offer,
      offerSource: null,
      request: readRequest(request.query as Record<string, unknown>, request.headers),
      ip: request.ip,
      device: null,
      geo: null,
      random: () => String(randomInt(1_000_000_000)),
    });
    void reply
      .header('Cache-Control', 'no-store')
      .header('Referrer-Policy', 'no-referrer')
      .header('X-Robots-Tag', 'noindex')
      .status(302)
      .header('Location', location)
      .send();
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), { logger: ['error'] });
await app.listen(Number(process.env.PORT), '127.0.0.1');
console.log('The empty handler is running');
