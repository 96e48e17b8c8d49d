import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { RequestMethod } from '@nestjs/common';
import { Permitted, type Permission } from '../src/access/access.js';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

interface Route {
  method: string;
  path: string;
  permission: Permission | undefined;
}

/** Every route of every controller, as Nest knows them. */
function routesOf(tracker: Tracker): Route[] {
  const reflector = new Reflector();
  const routes: Route[] = [];
  const list = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : [String(value)]);
  for (const module of tracker.running.app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const { prototype } = metatype as { prototype: Record<string, unknown> };
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name];
        if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) continue;
        const method = RequestMethod[Reflect.getMetadata('method', handler) as number] as string;
        const permission = reflector.getAllAndOverride<Permission | undefined>(Permitted, [handler, metatype]);
        for (const base of list(Reflect.getMetadata('path', metatype))) {
          for (const own of list(Reflect.getMetadata('path', handler)))
            routes.push({ method, path: `/${base}/${own}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'), permission });
        }
      }
    }
  }
  return routes;
}

/** What may be called without a key, to the letter: a new public route has to be added here on purpose. */
const PUBLIC = /^\/(c\/:offerKey|postback(\.gif|\/:token|\*)?|healthz|readyz)$/;
/** Fastify's own routes, outside Nest. */
const PAGES = ['/ops/queues', '/ops/queues/api/queues', '/docs', '/openapi.json'];

describe('every route', () => {
  let tracker: Tracker;
  let routes: Route[];
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    routes = routesOf(tracker);
  });
  afterAll(() => tracker.stop());

  it('declares what it asks of its caller', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(routes.filter((r) => r.permission === undefined)).toEqual([]);
    expect(routes.filter((r) => r.permission === 'public' && !PUBLIC.test(r.path))).toEqual([]);
  });

  it('takes the examples of its description as they are written, on an empty account', async () => {
    interface Body {
      content?: Record<string, { examples?: Record<string, { value: unknown }> }>;
    }
    const { paths } = (await (await tracker.get('/openapi.json', { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).json()) as {
      paths: Record<string, Record<string, { requestBody?: Body }>>;
    };
    const sent: string[] = [];
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { requestBody }] of Object.entries(operations))
        for (const { value } of Object.values(requestBody?.content?.['application/json']?.examples ?? {})) {
          const answer = await tracker.api(method.toUpperCase(), path.replace('/api/v1', ''), value);
          sent.push(path);
          expect([path, answer.body, answer.status < 300]).toEqual([path, answer.body, true]);
        }
    expect(sent.toSorted()).toEqual(['/api/v1/clicks/erase', '/api/v1/offers', '/api/v1/offers/preview']);
  });

  it('refuses a caller without a key, and one with a wrong key', async () => {
    const closed = routes
      .filter((r) => r.permission !== 'public')
      .map(({ method, path }) => [method, path.replaceAll(/:[a-zA-Z]+/g, '01973b52-b111-7f02-8c4e-52a1d8e6f301')] as const);
    for (const [method, path] of [...closed, ...PAGES.map((page) => ['GET', page] as const)]) {
      for (const headers of [
        {} as Record<string, string>,
        { authorization: 'Bearer wrong' },
        { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` },
      ]) {
        const answer = await tracker.get(path, { method, headers });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(Object.keys((await answer.json()) as object)).toEqual(['type', 'title', 'status', 'detail', 'code', 'errors', 'requestId']);
      }
    }
  });

  it('opens the pages to a browser’s name and password', async () => {
    const headers = { authorization: `Basic ${Buffer.from(`anyone:${ADMIN_KEY}`).toString('base64')}` };
    for (const page of PAGES) {
      const answer = await fetch(`${tracker.running.url}${page}`, { headers });
      expect([page, answer.status]).toEqual([page, 200]);
    }
  });
});
