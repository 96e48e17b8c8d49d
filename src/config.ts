import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { code as currencyCode } from 'currency-codes';
import { parseIpRanges } from './lib/ip-ranges.js';
import { nearMisses } from './lib/near-misses.js';
import { isTimeZone } from './lib/zones.js';

export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];
export const IP_MODES = ['full', 'truncate', 'hash', 'off'] as const;
export type IpMode = (typeof IP_MODES)[number];
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The names of all settings. docs/configuration.md says what each is, and docker-compose.yml passes them on. */
export const SETTINGS = [
  'ADMIN_API_KEY',
  'ADMIN_HOST',
  'BASE_CURRENCY',
  'COLUMNS_DIR',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATA_DIR',
  'ENV_FILE',
  'GEOIP_PATH',
  'GLOBAL_POSTBACK',
  'HOST',
  'IP_MODE',
  'LOG_LEVEL',
  'METRICS_TOKEN',
  'PORT',
  'PUBLIC_URL',
  'RATES_URL',
  'REDIS_URL',
  'RETENTION_CLICKS_DAYS',
  'RETENTION_POSTBACKS_DAYS',
  'RETENTION_STATISTICS_DAYS',
  'ROLE',
  'SECRET_KEY',
  'TIME_ZONE',
  'TRUST_PROXY',
  'WEB_CONCURRENCY',
] as const;
type Setting = (typeof SETTINGS)[number];
type Environment = Record<string, string | undefined>;

/** Every setting, shaped. This file is the only reader of process.env; docs/configuration.md lists the keys. */
export interface Config {
  role: Role;
  port: number;
  host: string;
  /** What tracking links and postback URLs begin with, no slash at the end. */
  publicUrl: string;
  /** null: the embedded PostgreSQL in dataDir. */
  databaseUrl: string | null;
  /** Past a pooler, for migrations and LISTEN; null: as databaseUrl. */
  databaseDirectUrl: string | null;
  /** null: BullMQ on Postgres. A comma-separated list is a cluster. */
  redisUrl: string | null;
  dataDir: string;
  /** From the environment; null: the one made at the first start. */
  adminApiKey: string | null;
  secretKey: string;
  metricsToken: string | null;
  baseCurrency: string;
  webConcurrency: number;
  /** The only host, of lower case, with page, API, docs and queues; null: every host. */
  adminHost: string | null;
  trustProxy: string[];
  geoipPath: string | null;
  ipMode: IpMode;
  globalPostback: boolean;
  /** null: none are fetched. */
  ratesUrl: string | null;
  logLevel: (typeof LOG_LEVELS)[number];
  /** The zone in which days are counted where nothing else is said. */
  timeZone: string;
  retentionClicksDays: number | null;
  retentionPostbacksDays: number | null;
  /** null: column copies go with the clicks. */
  retentionStatisticsDays: number | null;
  /** Where column copies lie. */
  columnsDir: string;
}

/** Names all bad keys at once, so that a start is corrected in one go. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(
      `Cidra cannot start: ${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong.\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
  }
}

/**
 * A file of the data folder that is made once and readable by its owner only.
 * @throws ConfigError when the folder cannot be written or the file not be read
 */
export function keptSecret(dataDir: string, name: string, make: () => string): string {
  const file = join(dataDir, name);
  try {
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    mkdirSync(dataDir, { recursive: true });
    const secret = make();
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    // Two processes started at once: the other one's file counts.
    if (code === 'EEXIST' && path === file) return readFileSync(file, 'utf8').trim();
    throw new ConfigError([
      `DATA_DIR is "${dataDir}", where ${name} can be neither read nor made (${code ?? 'unknown'}): use a folder that belongs to the user who runs Cidra`,
    ]);
  }
}

const DEFAULT_PORT = 3000;
/** The European Central Bank's public file of reference rates. */
const ECB_DAILY = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml';

/** Beside package.json: one folder up from the sources, two from the build. */
const PROGRAM = ['..', '../..']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(join(path, 'package.json')));

/**
 * The environment, completed by the file `.env` beside the program or by the one that ENV_FILE names. What the environment
 * has, wins.
 * @throws ConfigError when the file of ENV_FILE cannot be read
 */
export function environment(env: Environment = process.env): Environment {
  const named = env.ENV_FILE?.trim() || null;
  if (named === 'none') return env;
  const file = named ?? join(PROGRAM ?? '.', '.env');
  if (named === null && !existsSync(file)) return env;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...env };
  } catch (error) {
    throw new ConfigError([`The file of settings ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`]);
  }
}

/** Kubernetes tells every container of a service called cidra where that is, under names such as CIDRA_PORT. */
const namesOf = (env: Environment): string[] => Object.keys(env).filter((name) => !/^(tcp|udp|sctp):\/\//.test(env[name] ?? ''));

/** What a header can carry. */
const BEARER = /^[\x21-\x7e]+$/;

/**
 * Reads and checks the settings.
 * @throws ConfigError naming every bad or missing key
 */
export function loadConfig(env: Environment = environment()): Config {
  const problems: string[] = nearMisses(namesOf(env), SETTINGS).map(
    ({ name, meant }) => `${name} is not a setting: ${meant} is meant, or take it out`,
  );
  const text = (key: Setting): string | null => env[key]?.trim() || null;
  const oneOf = <T extends string>(key: Setting, allowed: readonly T[], fallback: T): T => {
    const value = text(key);
    if (value === null) return fallback;
    const found = allowed.find((a) => a === value.toLowerCase());
    if (found === undefined) problems.push(`${key} is "${value}": use one of ${allowed.join(', ')}`);
    return found ?? fallback;
  };
  const integer = <T>(key: Setting, min: number, max: number, fallback: T): number | T => {
    const value = text(key);
    if (value === null) return fallback;
    const n = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (n >= min && n <= max) return n;
    problems.push(`${key} is "${value}": use a whole number from ${min} to ${max}`);
    return fallback;
  };
  const url = (key: Setting, protocols: string[], many = false): string | null => {
    const value = text(key);
    if (value === null) return null;
    for (const part of many ? value.split(',') : [value]) {
      // The value is not repeated: it may hold a password.
      if (!URL.canParse(part.trim()) || !protocols.includes(new URL(part.trim()).protocol)) {
        problems.push(`${key} is not a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
        return null;
      }
      // A password with / ? or # in it ends the host early: what follows would be shown as its host and path.
      const { pathname, search, hash, protocol } = new URL(part.trim());
      if (!protocol.startsWith('http') && `${pathname}${search}${hash}`.includes('@')) {
        problems.push(`${key} has an @ after its host: write / ? # @ of the password as %2F %3F %23 %40`);
        return null;
      }
    }
    return value;
  };

  const dataDir = resolve(text('DATA_DIR') ?? './data');
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const databaseDirectUrl = url('DATABASE_DIRECT_URL', ['postgres:', 'postgresql:']);
  const ownDatabase = text('DATABASE_URL') !== null;
  if (databaseDirectUrl !== null && !ownDatabase)
    problems.push('DATABASE_DIRECT_URL is set without DATABASE_URL: it is the way past the pooler that DATABASE_URL leads to');
  const redisUrl = url('REDIS_URL', ['redis:', 'rediss:'], true);
  const port = integer('PORT', 0, 65_535, DEFAULT_PORT);
  const publicUrl = new URL(url('PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${port}`);
  if (publicUrl.search !== '' || publicUrl.hash !== '' || publicUrl.username !== '' || publicUrl.password !== '')
    problems.push(
      'PUBLIC_URL is more than an address: links begin with it, so leave out what stands from ? or # on, and user and password',
    );
  const adminApiKey = text('ADMIN_API_KEY');
  if (adminApiKey !== null && adminApiKey.length < 32) problems.push('ADMIN_API_KEY is shorter than 32 characters');
  const metricsToken = text('METRICS_TOKEN');
  for (const [key, value] of Object.entries({ ADMIN_API_KEY: adminApiKey, METRICS_TOKEN: metricsToken }))
    if (value !== null && !BEARER.test(value))
      problems.push(`${key} has a space or a letter that no header carries: use ASCII without spaces`);
  const secretKey = text('SECRET_KEY');
  if (secretKey !== null && secretKey.length < 32) problems.push('SECRET_KEY is shorter than 32 characters');
  if (secretKey === null && ownDatabase) {
    problems.push(
      'SECRET_KEY is missing: it is required with DATABASE_URL, at least 32 characters, the same in every process (openssl rand -hex 32)',
    );
  }
  const baseCurrency = (text('BASE_CURRENCY') ?? 'USD').toUpperCase();
  if (currencyCode(baseCurrency) === undefined)
    problems.push(`BASE_CURRENCY is "${baseCurrency}": use a code of ISO 4217 such as USD or EUR`);
  const adminHost = text('ADMIN_HOST')?.toLowerCase() ?? null;
  if (adminHost !== null && !/^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(adminHost))
    problems.push(`ADMIN_HOST is "${adminHost}": use a host such as admin.example.com, without https:// and path`);
  const trustProxy = (text('TRUST_PROXY') ?? '')
    .split(',')
    .map((s) => s.trim())
    .filter(Boolean);
  for (const { message } of parseIpRanges(trustProxy).errors) problems.push(`TRUST_PROXY: ${message}`);
  const geoipPath = text('GEOIP_PATH');
  for (const path of geoipPath?.split(',') ?? []) {
    if (!existsSync(path.trim())) problems.push(`GEOIP_PATH names "${path.trim()}", which does not exist`);
  }

  const timeZone = text('TIME_ZONE') ?? 'UTC';
  if (!isTimeZone(timeZone)) problems.push(`TIME_ZONE is "${timeZone}": use the IANA name of a time zone such as Europe/Berlin`);

  const config = {
    role: oneOf('ROLE', ROLES, 'all'),
    port,
    // As it stands in a URL.
    host: text('HOST')?.replace(/^\[(.+)\]$/, '$1') ?? '127.0.0.1',
    publicUrl: `${publicUrl.origin}${publicUrl.pathname.replace(/\/+$/, '')}`,
    databaseUrl,
    databaseDirectUrl,
    redisUrl,
    dataDir,
    adminApiKey,
    metricsToken,
    baseCurrency,
    webConcurrency: integer('WEB_CONCURRENCY', 1, 64, 1),
    adminHost,
    trustProxy,
    geoipPath,
    ipMode: oneOf('IP_MODE', IP_MODES, 'full'),
    globalPostback: oneOf('GLOBAL_POSTBACK', ['on', 'off'], 'on') === 'on',
    ratesUrl: text('RATES_URL')?.toLowerCase() === 'off' ? null : (url('RATES_URL', ['http:', 'https:']) ?? ECB_DAILY),
    logLevel: oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    timeZone,
    retentionClicksDays: integer('RETENTION_CLICKS_DAYS', 1, 36_500, null),
    retentionPostbacksDays: integer('RETENTION_POSTBACKS_DAYS', 1, 36_500, null),
    retentionStatisticsDays: integer('RETENTION_STATISTICS_DAYS', 1, 36_500, null),
    columnsDir: resolve(text('COLUMNS_DIR') ?? join(dataDir, 'columns')),
  };
  const { retentionClicksDays, retentionStatisticsDays } = config;
  if (retentionStatisticsDays !== null && (retentionClicksDays === null || retentionStatisticsDays <= retentionClicksDays))
    problems.push('RETENTION_STATISTICS_DAYS is how long statistics outlive clicks: set it above RETENTION_CLICKS_DAYS, or leave it out');
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, secretKey: secretKey ?? keptSecret(dataDir, 'secret-key', () => randomBytes(32).toString('hex')) };
}

/** Injection token of the Config. */
export const CONFIG = Symbol('Config');
