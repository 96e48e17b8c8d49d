import 'reflect-metadata';
import { getQueueToken } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import { AppModule, openPools, type Resources } from './app.module.js';
import type { Config } from './config.js';
import { isPooled } from './db/connection.js';
import { connectionsOf, migrate } from './db/database.js';
import { checkServer, checkSession, migrationState, placeOf, refuseNewer, unreachable, withoutRights } from './db/preflight.js';
import { startEmbeddedPostgres } from './db/embedded-postgres.js';
import { AuthorityService } from './access/authority.service.js';
import { ApiKeysService } from './access/api-keys.service.js';
import { fastifyAdapter, setUpHttp } from './http/http-app.js';
import { logger } from './logger.js';
import { QUEUE_NAMES, queueBackend, withTimeout } from './queues/queues.js';
import { Readiness } from './ops/readiness.js';
import { checkSecretKey } from './ops/secret-check.js';

const CLOSE_TIMEOUT_MS = 15_000;
const RELEASE_TIMEOUT_MS = 2_000;

/** A running Cidra process. */
export interface Running {
  app: NestFastifyApplication;
  /** Where it listens, e.g. http://127.0.0.1:3000. */
  url: string;
  databaseUrl: string;
  /** Made by this start, to be shown once. */
  firstKey: string | null;
  /** Stops taking work, finishes what was accepted, lets go of everything. */
  stop(drainMs?: number): Promise<void>;
}

/** How a process reaches its database; `directUrl` leads past a pooler. */
export interface Database {
  url: string;
  directUrl: string;
  stop: () => Promise<void>;
}

/** The database a process works on: the one configured, or the embedded one, started (or taken over) and migrated. */
export async function openDatabase(config: Config, own: boolean): Promise<Database> {
  if (config.databaseUrl !== null)
    return { url: config.databaseUrl, directUrl: config.databaseDirectUrl ?? config.databaseUrl, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres(config.dataDir, own);
  try {
    await migrate(embedded.url, config.redisUrl === null, 'DATA_DIR');
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return { ...embedded, directUrl: embedded.url };
}

/**
 * Starts the roles of `config` in this process.
 * @throws Error that says what to do: migrations missing, too few connections, port in use, …
 */
export async function boot(config: Config): Promise<Running> {
  const database = await openDatabase(config, true);
  const resources: Resources = {
    config,
    databaseUrl: database.url,
    directUrl: database.directUrl,
    queues: queueBackend(config, database.directUrl),
    pools: openPools(database.url),
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(
      [resources.queues.close(), ...Object.values(resources.pools).map((pool) => pool.end())].map((closing) =>
        withTimeout(closing, RELEASE_TIMEOUT_MS),
      ),
    );
    await database.stop();
  };
  try {
    await checkDatabase(resources);
    const app = await serve(resources);
    return {
      app,
      url: await app.getUrl(),
      databaseUrl: database.url,
      firstKey: app.get(ApiKeysService).firstKey,
      stop: async (drainMs = 0) => {
        app.get(Readiness).leave();
        await new Promise((resolve) => setTimeout(resolve, drainMs));
        await leave(app);
        await close();
      },
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw withoutRights(config.databaseUrl === null ? 'DATA_DIR' : 'DATABASE_URL', database.url, error);
  }
}

async function serve(resources: Resources): Promise<NestFastifyApplication> {
  const { config } = resources;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(resources), fastifyAdapter(), {
    logger: logger(config),
    bodyParser: false,
    abortOnError: false,
  });
  try {
    setUpHttp(app, config.adminHost);
    const queues = QUEUE_NAMES.map((name) => app.get<Queue>(getQueueToken(name), { strict: false }));
    if (config.role !== 'worker') {
      // A worker shows no pages and need not have them in memory.
      const { mountClosedPages } = await import('./ops/closed-pages.js');
      const { mountPage } = await import('./ops/page.js');
      await mountPage(app.getHttpAdapter().getInstance() as FastifyInstance);
      await mountClosedPages(app.getHttpAdapter().getInstance() as FastifyInstance, queues, app.get(AuthorityService));
    }
    await app.listen(config.port, config.host).catch((error: unknown) => {
      throw whyNotListening(config, error as NodeJS.ErrnoException);
    });
    return app;
  } catch (error) {
    await leave(app);
    throw error;
  }
}

/** Of an error of listening one with the setting that is to be changed; any other error of the start as it is. */
function whyNotListening({ host, port }: Config, error: NodeJS.ErrnoException): Error {
  const { code, syscall = '', message } = error;
  if (!['listen', 'bind', 'getaddrinfo'].includes(syscall)) return error;
  if (code === 'EADDRINUSE')
    return new Error(`PORT ${port} is taken at ${host}: another program listens there, or another Cidra. Stop it, or set another PORT.`);
  if (code === 'EACCES')
    return new Error(
      `PORT ${port} is not for this user: those below 1024 are the system's. Set another PORT, and let a proxy listen there.`,
    );
  return new Error(`HOST is "${host}", which is no address of this machine (${message}): use 127.0.0.1, 0.0.0.0 for all of them, or ::1.`);
}

/** A worker whose Redis is gone never ends its wait; what it held is in the inbox. */
const leave = (app: NestFastifyApplication): Promise<void> => withTimeout(app.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);

/** Checks at the start for what would otherwise fail later with a less clear message. */
async function checkDatabase({ config, databaseUrl, directUrl, pools }: Resources): Promise<void> {
  const setting = config.databaseUrl === null ? 'DATA_DIR' : 'DATABASE_URL';
  await pools.admin.query('SELECT 1').catch((error: unknown) => {
    throw unreachable(setting, databaseUrl, error);
  });
  await checkServer(pools.admin, setting, databaseUrl);
  if (await isPooled(databaseUrl)) await checkSession(pools.admin, setting, databaseUrl);
  const isDirectPooled = await isPooled(directUrl).catch((error: unknown) => {
    throw unreachable('DATABASE_DIRECT_URL', directUrl, error);
  });
  if (isDirectPooled && config.redisUrl === null) {
    throw new Error(
      `${directUrl === databaseUrl ? setting : 'DATABASE_DIRECT_URL'} leads through a pooler to ${placeOf(directUrl)}, and queues on PostgreSQL need connections of their own. Set DATABASE_DIRECT_URL to the server itself, or REDIS_URL.`,
    );
  }
  const state = await migrationState(pools.admin, config.redisUrl === null);
  refuseNewer(state, databaseUrl);
  if (state.missing.length > 0)
    throw new Error(`The database lacks ${state.missing.length} migration(s), the first is ${state.missing[0]}. Run npm run migrate.`);
  await checkSecretKey(pools.admin, config.secretKey);
  const { rows } = await pools.admin.query<{ max: number; reserved: number; used: number }>(
    `SELECT current_setting('max_connections')::int AS max, current_setting('superuser_reserved_connections')::int AS reserved, (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used`,
  );
  const room = rows[0] === undefined ? 0 : rows[0].max - rows[0].reserved - rows[0].used;
  const need = connectionsOf(config);
  // A pooler shares out the server's connections by its own settings.
  if (need > room && !(await isPooled(databaseUrl))) {
    throw new Error(
      `This process may open ${need} database connections and ${room} are free (max_connections ${rows[0]?.max}, in use ${rows[0]?.used}). Raise max_connections or run fewer processes.`,
    );
  }
}
