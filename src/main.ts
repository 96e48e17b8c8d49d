import cluster from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { firstInvite } from './access/invites.query.js';
import { boot, openDatabase, type Running } from './boot.js';
import { ConfigError, environment, loadConfig, type Config } from './config.js';
import { localUrlWarning } from './lib/local-url.js';
import { messageOf } from './lib/message-of.js';
import { sumMetrics } from './ops/cluster-metrics.js';
import { VERSION } from './version.js';

/** Signals within this time are one Ctrl-C. */
const SAME_MS = 500;
const STOP_LIMIT_MS = 25_000;
/** Time for a balancer to see that readiness is gone before the listener closes. */
const DRAIN_MS = 2_000;

async function main(): Promise<void> {
  const [, , role] = process.argv;
  if (role === '--version' || role === '-v') return void process.stdout.write(`${VERSION}\n`);
  const env = environment();
  const config = loadConfig(role === undefined ? env : { ...env, ROLE: role });
  if (config.webConcurrency > 1 && config.role !== 'worker' && cluster.isPrimary) return runCluster(config);
  const running = await boot(config);
  stopOnSignal((drainMs) => running.stop(drainMs));
  await announce(config, running);
}

/** Several API processes on one port. The first process owns the database and, in role `all`, does the workers' job. */
async function runCluster(config: Config): Promise<void> {
  const database = await openDatabase(config, true);
  const shared = { ...process.env, DATABASE_URL: database.url, SECRET_KEY: config.secretKey, WEB_CONCURRENCY: '1' };
  const worker =
    config.role === 'all'
      ? await boot({ ...config, databaseUrl: database.url, role: 'worker', port: 0, host: '127.0.0.1', webConcurrency: 1 })
      : null;
  sumMetrics();
  let stopping = false;
  const fork = (): void => void cluster.fork({ ...shared, ROLE: 'api' });
  for (let i = 0; i < config.webConcurrency; i++) fork();
  // One that cannot even begin to listen will not be able to a second later.
  let listening = false;
  cluster.once('listening', () => (listening = true));
  cluster.on('exit', (_process, code, signal) => {
    if (stopping) return;
    if (!listening) return void stop().finally(() => process.exit(1));
    process.stderr.write(`An API process ended (${signal ?? code}); starting another.\n`);
    setTimeout(fork, 1_000);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    const children = Object.values(cluster.workers ?? {}).filter((w) => w !== undefined);
    await Promise.all(
      children.map(
        (child) =>
          new Promise((resolve) => {
            child.once('exit', resolve);
            child.process.kill('SIGTERM');
          }),
      ),
    );
    await worker?.stop();
    await database.stop();
  };
  stopOnSignal(stop);
  await once(cluster, 'listening');
  await announce(config, {
    firstKey: worker?.firstKey ?? null,
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
    databaseUrl: database.url,
  });
}

function stopOnSignal(stop: (drainMs: number) => Promise<void>): void {
  let stoppingSince: number | null = null;
  const handle = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C means now. Of one alone two signals come: the terminal's, and the same handed on by npm.
    if (stoppingSince !== null) return signal === 'SIGINT' && performance.now() - stoppingSince > SAME_MS ? process.exit(130) : undefined;
    stoppingSince = performance.now();
    setTimeout(() => {
      process.stderr.write(
        `Not everything was finished within ${STOP_LIMIT_MS / 1_000} s; what was acknowledged is stored and will be worked off at the next start.\n`,
      );
      process.exit(1);
    }, STOP_LIMIT_MS - 1_000).unref();
    stop(signal === 'SIGINT' ? 0 : DRAIN_MS).then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle);
  // A terminal that is closed.
  process.on('SIGHUP', handle);
  process.on('SIGINT', handle);
}

/** For people on a terminal, or one line of JSON as the log's are. */
async function announce(config: Config, { url, firstKey, databaseUrl }: Pick<Running, 'firstKey' | 'url' | 'databaseUrl'>): Promise<void> {
  if (cluster.isWorker) return;
  const base = config.publicUrl;
  const isWorker = config.role === 'worker';
  const keyFile = join(config.dataDir, 'admin-key');
  const local = isWorker ? null : localUrlWarning(base);
  const signIn = isWorker ? null : await firstSignIn(config, databaseUrl);
  if (!process.stdout.isTTY) {
    const line = {
      level: 'info',
      time: new Date().toISOString(),
      pid: process.pid,
      role: config.role,
      msg: isWorker ? 'Cidra worker is running' : 'Cidra is running',
      version: VERSION,
      url,
      ...(isWorker
        ? {}
        : { trackingUrl: `${base}/c/OFFER_KEY`, postbackUrl: `${base}/postback/TOKEN`, pageUrl: `${base}/app`, docsUrl: `${base}/docs` }),
      ...(isWorker || config.adminApiKey !== null ? {} : { adminKeyFile: keyFile }),
      ...(firstKey === null ? {} : { adminKey: firstKey }),
      ...(signIn === null ? {} : { firstSignIn: signIn }),
      ...(local === null ? {} : { warnings: [local] }),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const lines = isWorker
    ? [`Cidra ${VERSION} worker is running; health and metrics at ${url}`]
    : [
        `Cidra ${VERSION} is running (role ${config.role}).`,
        `  Tracking links  ${base}/c/OFFER_KEY`,
        `  Postback URL    ${base}/postback?cid=…  and one per offer source at ${base}/postback/TOKEN`,
        `  Page            ${base}/app`,
        `  API and Swagger ${base}/docs`,
        `  Queue page      ${base}/ops/queues`,
        firstKey === null
          ? config.adminApiKey === null
            ? `  Admin key       in ${keyFile}`
            : '  Admin key       the one in ADMIN_API_KEY'
          : `  Admin key       ${firstKey}\n                  shown this once and kept in ${keyFile}`,
        ...(signIn === null
          ? []
          : [`  First sign-in   ${signIn}`, '                  works once, for 7 days; another: npm run invite -- --role admin']),
        ...(local === null ? [] : [`  ${local}`]),
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Until there are people: how the owner gets in. */
async function firstSignIn(config: Config, databaseUrl: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'cidra start' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await firstInvite(client, config.publicUrl))?.url ?? null;
  } finally {
    await client.end();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `Cidra could not start: ${messageOf(error)}`}\n`);
  process.exit(1);
});
