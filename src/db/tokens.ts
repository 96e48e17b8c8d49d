/** Injection tokens of what is opened once per process (app.module.ts). */
/** The database URL that goes past a pooler, for LISTEN. */
export const DIRECT_URL = Symbol('DIRECT_URL');
/** pg pools by purpose, sized in database.ts. */
export const INGEST_POOL = Symbol('INGEST_POOL');
export const WORKER_POOL = Symbol('WORKER_POOL');
export const REPORTS_POOL = Symbol('REPORTS_POOL');
export const ADMIN_POOL = Symbol('ADMIN_POOL');
/** ioredis, or null when the queues are on Postgres. */
export const REDIS = Symbol('REDIS');
