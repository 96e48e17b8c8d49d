import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { CONFIG, keptSecret, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { iso } from '../lib/sql.js';
import { ADMIN_POOL } from '../db/tokens.js';
import type { ApiKeyRole } from './api-key.entity.js';
import { utcIso, UUID } from '../http/page.js';
import { Problem } from '../http/problem.js';
import type { ApiKeyAnswer, ApiKeyCreated, CreateApiKey } from './security.dto.js';

/** Who calls: a key, or somebody in a session. */
export interface Caller {
  /** Of the key or the person. */
  id: string;
  name: string;
  role: ApiKeyRole;
  /** Whoever is signed in; undefined for a program with a key. */
  session?: { id: string; person: { id: string; name: string; email: string } | null };
}

const SHOWN = `id, name, role, ${iso('created_at')} AS "createdAt", ${iso('expires_at')} AS "expiresAt", ${iso('revoked_at')} AS "revokedAt"`;
const ADMIN_KEY_FILE = 'admin-key';
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');
export const makeKey = (): string => `cidra_${randomBytes(32).toString('base64url')}`;

/** The keys of the admin API, held in memory by their hash. */
@Injectable()
export class ApiKeysService implements OnModuleInit {
  private keys = new Map<string, Caller & { expiresAt: number }>();
  private readonly configured: Buffer | null;
  /** Set when this start made the first key; shown once. */
  firstKey: string | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly changes: ChangesService,
    private readonly ids: IdsService,
  ) {
    this.configured = config.adminApiKey === null ? null : Buffer.from(hashKey(config.adminApiKey));
  }

  async onModuleInit(): Promise<void> {
    if (this.configured === null) await this.ensureFirstKey();
    await this.changes.hold('keys', () => this.load());
  }

  /** The caller whose key this is, or null: unknown, expired and revoked look the same. */
  find(key: string): Caller | null {
    return this.findByHash(hashKey(key));
  }

  findByHash(hash: string): Caller | null {
    if (this.configured !== null && timingSafeEqual(this.configured, Buffer.from(hash))) {
      return { id: 'environment', name: 'ADMIN_API_KEY', role: 'admin' };
    }
    const found = this.keys.get(hash);
    return found !== undefined && found.expiresAt > Date.now() ? found : null;
  }

  /** A new key; only its hash is kept. @throws Problem 400 for one that has expired before it is made */
  async create({ name, role, expiresAt }: CreateApiKey): Promise<ApiKeyCreated> {
    const expires = utcIso(expiresAt ?? undefined) ?? null;
    if (expires !== null && Date.parse(expires) <= Date.now())
      throw Problem.invalid([{ pointer: '/expiresAt', message: 'expiresAt must lie in the future' }]);
    const key = makeKey();
    const { rows } = await this.pool.query<ApiKeyAnswer>(
      `INSERT INTO api_keys (id, name, role, key_hash, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${SHOWN}`,
      [this.ids.next(), name, role, hashKey(key), expires],
    );
    await this.announce();
    return { ...(rows[0] as ApiKeyAnswer), key };
  }

  async list(): Promise<ApiKeyAnswer[]> {
    return (await this.pool.query<ApiKeyAnswer>(`SELECT ${SHOWN} FROM api_keys ORDER BY id DESC`)).rows;
  }

  /** @throws Problem 404; 409 for the caller's own key, so that nobody locks himself out */
  async revoke(id: string, callerId: string | null): Promise<void> {
    if (id === callerId) throw new Problem(409, 'own_key', 'This is the key you are using. Revoke it with another one.');
    const revoked = UUID.test(id)
      ? await this.pool.query('UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1', [id])
      : { rowCount: 0 };
    if (revoked.rowCount === 0) throw Problem.notFound('API key', id);
    await this.announce();
  }

  private async announce(): Promise<void> {
    await ChangesService.announce(this.pool, 'keys');
    await this.changes.refresh();
  }

  private async load(): Promise<void> {
    const rows = await this.pool.query<{ id: string; name: string; role: ApiKeyRole; key_hash: string; expires_at: Date | null }>(
      'SELECT id, name, role, key_hash, expires_at FROM api_keys WHERE revoked_at IS NULL',
    );
    this.keys = new Map(
      rows.rows.map((r) => [
        r.key_hash,
        { id: r.id, name: r.name, role: r.role, expiresAt: r.expires_at?.getTime() ?? Number.POSITIVE_INFINITY },
      ]),
    );
  }

  /** Without ADMIN_API_KEY the first start makes a key, keeps it in the data folder and has it printed once. */
  private async ensureFirstKey(): Promise<void> {
    const made = !existsSync(join(this.config.dataDir, ADMIN_KEY_FILE));
    const key = keptSecret(this.config.dataDir, ADMIN_KEY_FILE, makeKey);
    const inserted = await this.pool.query(
      `INSERT INTO api_keys (id, name, role, key_hash) VALUES ($1, 'first key', 'admin', $2) ON CONFLICT (key_hash) DO NOTHING`,
      [this.ids.next(), hashKey(key)],
    );
    if (made && inserted.rowCount === 1) this.firstKey = key;
  }
}
