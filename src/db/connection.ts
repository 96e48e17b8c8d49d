import { callbackify } from 'node:util';
import pg from 'pg';

/**
 * What the statements rely on, whatever the server, the database or the role are set to. A connection asks for them when it
 * begins, which costs no round trip.
 */
export const SESSION: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  default_transaction_isolation: 'read committed',
};
/**
 * For statements that all go by an index. The inbox is empty most of the time, and an ANALYZE that meets it so has the planner
 * read all of it from then on, with everything that has been taken out: a postback or a click then costs PostgreSQL several
 * times as much. Where there is no index a sequential scan that is "off" looks dear enough to be compiled.
 */
const INDEXED = ['enable_seqscan', 'jit'];
/** A whole session's, as the option of its start. A pooler would not hand it on. */
export const BY_INDEX = INDEXED.map((name) => `-c ${name}=off`).join(' ');
/** One transaction's, for what is left of it, and from its beginning on. */
export const SET_BY_INDEX = INDEXED.map((name) => `SET LOCAL ${name} = off`).join('; ');
export const BEGIN_BY_INDEX = `BEGIN; ${SET_BY_INDEX}`;
/** Those that every pooler hands on to the server (PgBouncer, "track_extra_parameters"); the rest it refuses. */
const HANDED_ON = ['DateStyle', 'TimeZone', 'standard_conforming_strings'];
/** Set by each transaction where the server cannot be told at the start. */
const TIMEOUTS = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const;
const PROBE_TIMEOUT_MS = 5_000;
/** The server lacks a statement of this name, or has another one: its connection was somebody else's in between. */
const FOREIGN_STATEMENT = new Set(['26000', '42P05']);

/** What this process has found out about a database server. */
interface Server {
  /** A pooler stands before it and gives a transaction whichever connection is free. */
  pooled: boolean;
}

const servers = new Map<string, Promise<Server>>();

/** Members of node-pg's client that its types leave out. */
interface Internals {
  connectionParameters: Partial<Record<(typeof TIMEOUTS)[number], number | false>>;
  processID: number | null;
  getStartupConf(): Record<string, string>;
}

/**
 * A connection that works through a pooler in transaction mode as well as without one. It finds out by itself: a pooler
 * answers in its own name, so that the process it announces is not the one that runs the statements; or it refuses what it
 * does not know at the start. Through a pooler statements have no names, since the next one may run elsewhere, time-outs are
 * set by each transaction (a lone statement has node-pg's query_timeout).
 */
export class Connection extends pg.Client {
  private server: Server = { pooled: false };

  constructor(config?: pg.ClientConfig) {
    super(config);
    // One that drops fails its queries and is replaced; without a listener it would end the process. A pool's own comes too
    // late for a server that dies in the moment in which it lets a connection in.
    this.on('error', () => undefined);
    // node-pg has a dozen shapes of this; all of them pass through with nothing changed but what a pooler needs.
    this.query = ((...asked: unknown[]) => this.ask(asked)) as pg.Client['query'];
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: (error: never, client: pg.Client) => void): Promise<pg.Client> | void {
    if (callback === undefined) return this.begin();
    callbackify(() => this.begin())(callback as (error: Error | null, client: pg.Client) => void);
  }

  private async begin(): Promise<this> {
    this.server = await serverOf(this);
    try {
      await super.connect();
      return this;
    } catch (error) {
      if (!isRefusedParameter(error)) throw error;
      // A pooler has come to stand there since: the next attempt knows.
      this.server.pooled = true;
      throw error;
    }
  }

  /** node-pg builds the start of a session from this. */
  getStartupConf(): Record<string, string> {
    const asked = (pg.Client.prototype as unknown as Internals).getStartupConf.call(this);
    if (!this.server.pooled) return { ...asked, ...SESSION };
    for (const name of TIMEOUTS) delete asked[name];
    if (asked.options === BY_INDEX) delete asked.options;
    for (const name of HANDED_ON) asked[name] = SESSION[name] as string;
    return asked;
  }

  private ask([config, ...rest]: unknown[]): unknown {
    const query = super.query as (...asked: unknown[]) => unknown;
    if (this.server.pooled) return query.call(this, this.forPooler(config), ...rest);
    const result = query.call(this, config, ...rest);
    if (isNamed(config) && result instanceof Promise) result.catch((error: unknown) => this.learn(error));
    return result;
  }

  private learn(error: unknown): void {
    if (isForeignStatement(error)) this.server.pooled = true;
  }

  private forPooler(config: unknown): unknown {
    if (isNamed(config)) return { ...config, name: undefined };
    return typeof config === 'string' && /^(BEGIN|START TRANSACTION)/.test(config) ? config + this.limits() : config;
  }

  private limits(): string {
    const { connectionParameters: asked } = this as unknown as Internals;
    return TIMEOUTS.map((name) => (typeof asked[name] === 'number' ? `; SET LOCAL ${name} = ${asked[name]}` : '')).join('');
  }
}

const isNamed = (config: unknown): config is { name: string } =>
  typeof config === 'object' && config !== null && typeof (config as { name?: unknown }).name === 'string' && !('submit' in config);

const isRefusedParameter = (error: unknown): boolean => /startup parameter/i.test((error as Error).message);

/** Nothing of the statement was run: it may be asked again, and goes without a name from then on. */
export const isForeignStatement = (error: unknown): boolean => FOREIGN_STATEMENT.has((error as { code?: string }).code ?? '');

/** Whether `url` leads to a pooler. */
export async function isPooled(url: string): Promise<boolean> {
  return (await serverOf(new pg.Client({ connectionString: url }))).pooled;
}

/** What is known of a client's server; the first one to ask opens a connection to find out. */
function serverOf(client: pg.Client): Promise<Server> {
  const key = [client.host, client.port, client.database, client.user].join(' ');
  const known = servers.get(key);
  if (known !== undefined) return known;
  const found = probe(client);
  servers.set(key, found);
  found.catch(() => servers.delete(key));
  return found;
}

async function probe({ host, port, database, user, password, ssl }: pg.Client): Promise<Server> {
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    ssl,
    application_name: 'cidra probe',
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    statement_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return { pooled: rows[0]?.pid !== (client as unknown as Internals).processID };
  } catch (error) {
    if (isRefusedParameter(error)) return { pooled: true };
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
