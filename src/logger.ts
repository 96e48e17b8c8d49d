import type { LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';
import type { Config } from './config.js';

const LONGEST = 4_000;
const NEST_ANNOUNCEMENTS = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Secrets that could slip into a log line: keys, tokens in paths, passwords in URLs, and what the environment holds. */
export function redactor(config: Pick<Config, 'secretKey' | 'adminApiKey' | 'metricsToken'>): (text: string) => string {
  const secrets = [config.secretKey, config.adminApiKey, config.metricsToken].filter((s): s is string => s !== null);
  return (text) => {
    let clean = text
      .replace(/(\/postback\/)[A-Za-z0-9_-]{22}/g, '$1[token]')
      .replace(/cidra_[A-Za-z0-9_-]{43}/g, '[key]')
      .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9+/=_.-]+/gi, '$1 [key]')
      .replace(/(\w+:\/\/[^\s:@/]*):[^\s@/]+@/g, '$1:[password]@');
    for (const secret of secrets) clean = clean.replaceAll(secret, '[secret]');
    return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
  };
}

/** Nest's log as JSON lines by pino, every text redacted. */
export function logger(config: Config): LoggerService {
  const redact = redactor(config);
  const root: Logger = pino({
    level: config.logLevel,
    base: { pid: process.pid, role: config.role },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value);
    if (value instanceof Error)
      return { type: value.name, message: redact(value.message), stack: redact(value.stack ?? ''), cause: clean(value.cause) };
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clean(v)]));
    return value;
  };
  const write =
    (level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace') =>
    (message: unknown, ...rest: unknown[]): void => {
      // Nest passes the context last; an error's stack may stand before it.
      const context = typeof rest.at(-1) === 'string' ? (rest.pop() as string) : undefined;
      const text = rest.filter((r) => typeof r === 'string').join(' ');
      const facts = rest.filter((r) => typeof r !== 'string' && r !== undefined);
      const fields =
        typeof message === 'object' && message !== null && !(message instanceof Error)
          ? (clean(message) as object)
          : message instanceof Error
            ? { err: clean(message) }
            : {};
      // Nest announces every module and route: of use when one is looked for, noise at every start.
      const quiet = level === 'info' && context !== undefined && NEST_ANNOUNCEMENTS.has(context);
      root[quiet ? 'debug' : level](
        { context, ...fields, ...(facts.length > 0 ? { details: clean(facts) } : {}) },
        redact([typeof message === 'string' ? message : '', text].filter(Boolean).join(' ')),
      );
    };
  return {
    log: write('info'),
    error: write('error'),
    warn: write('warn'),
    debug: write('debug'),
    verbose: write('trace'),
    fatal: write('fatal'),
  };
}
