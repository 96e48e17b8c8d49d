import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import QuickLRU from 'quick-lru';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from '../http/problem.js';
import { UUID } from '../http/page.js';
import { iso } from '../lib/sql.js';
import type { ApiKeyRole } from './api-key.entity.js';
import { ApiKeysService, type Caller, hashKey } from './api-keys.service.js';
import { allows } from './access.js';
import type { SessionAnswer } from './session.dto.js';

/** A session ends when there was no request for this long, and at the latest after this many days. */
const ALIVE = `s.last_seen_at > now() - interval '12 hours' AND s.created_at > now() - interval '30 days'`;
const EXPIRES = `least(s.last_seen_at + interval '12 hours', s.created_at + interval '30 days')`;
/** How long a process may go on believing what it read: an ended session, a lowered role. */
const BELIEVED_MS = 800;
const MAX_BELIEVED = 1_000;
const MAX_AGENT = 300;

/** Whose session is to begin: a person's, or that of a key, by its hash. */
export type Owner = { personId: string } | { keyHash: string };

interface Row {
  id: string;
  key_hash: string | null;
  person_id: string | null;
  name: string | null;
  email: string | null;
  role: ApiKeyRole | null;
  unseen: boolean;
}

/** Sessions are rows; what the browser holds is random and only its hash is kept. */
@Injectable()
export class SessionsService {
  private readonly believed = new QuickLRU<string, Promise<Caller | null>>({ maxSize: MAX_BELIEVED, maxAge: BELIEVED_MS });

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly keys: ApiKeysService,
  ) {}

  /** Whoever holds this token, or null: unknown, expired, ended and disabled look the same. */
  async find(token: string): Promise<Caller | null> {
    const hash = hashKey(token);
    let found = this.believed.get(hash);
    if (found === undefined) {
      found = this.read(hash);
      this.believed.set(hash, found);
      found.catch(() => this.believed.delete(hash));
    }
    return found;
  }

  /** A new session, and the end of the one that the browser had: its token. */
  async begin(owner: Owner, from: { address: string | null; agent: string | undefined }, replaced: string | null): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await this.pool.query(`DELETE FROM sessions AS s WHERE token_hash = $1 OR NOT (${ALIVE})`, [
      replaced === null ? '' : hashKey(replaced),
    ]);
    await this.pool.query('INSERT INTO sessions (id, token_hash, person_id, key_hash, address, agent) VALUES ($1, $2, $3, $4, $5, $6)', [
      this.ids.next(),
      hashKey(token),
      'personId' in owner ? owner.personId : null,
      'keyHash' in owner ? owner.keyHash : null,
      from.address,
      from.agent?.slice(0, MAX_AGENT) ?? null,
    ]);
    this.believed.clear();
    return token;
  }

  /** The caller's own, the newest first; an admin's list has everybody's. */
  async list(caller: Caller): Promise<SessionAnswer[]> {
    const { rows } = await this.pool.query<Omit<SessionAnswer, 'current'> & { keyHash: string | null }>(
      `SELECT s.id, s.person_id AS "personId", p.name, p.role, s.key_hash AS "keyHash", ${iso('s.created_at')} AS "createdAt",
         ${iso('s.last_seen_at')} AS "lastSeenAt", ${iso(EXPIRES)} AS "expiresAt", s.address, s.agent
       FROM sessions s LEFT JOIN people p ON p.id = s.person_id WHERE ${ALIVE} ORDER BY s.id DESC`,
    );
    return rows.flatMap(({ keyHash, ...row }) => {
      const key = keyHash === null ? null : this.keys.findByHash(keyHash);
      if (row.personId === null && key === null) return [];
      const owner = row.personId ?? key?.id;
      if (owner !== caller.id && !allows(caller.role, 'admin')) return [];
      return [
        { ...row, name: row.name ?? key?.name ?? '', role: row.role ?? key?.role ?? 'viewer', current: row.id === caller.session?.id },
      ];
    });
  }

  /** @throws Problem 404 for what is not in the caller's list */
  async end(id: string, caller: Caller): Promise<void> {
    const mine = UUID.test(id) ? (await this.list(caller)).find((session) => session.id === id) : undefined;
    if (mine === undefined) throw Problem.notFound('session', id);
    await this.pool.query('DELETE FROM sessions WHERE id = $1', [id]);
    this.believed.clear();
  }

  /** Whoever's, but for the one named. */
  async endAllOf(personId: string, but: string | null, db: Pick<pg.Pool, 'query'> = this.pool): Promise<void> {
    await db.query('DELETE FROM sessions WHERE person_id = $1 AND id IS DISTINCT FROM $2::uuid', [personId, but]);
    this.believed.clear();
  }

  /** Something about people has changed: this process sees it now, every other one within a second. */
  forget(): void {
    this.believed.clear();
  }

  private async read(hash: string): Promise<Caller | null> {
    const { rows } = await this.pool.query<Row>(
      `SELECT s.id, s.key_hash, p.id AS person_id, p.name, p.email, p.role, s.last_seen_at < now() - interval '1 minute' AS unseen
       FROM sessions s LEFT JOIN people p ON p.id = s.person_id AND p.disabled_at IS NULL WHERE s.token_hash = $1 AND ${ALIVE}`,
      [hash],
    );
    const [row] = rows;
    const caller = row === undefined ? null : this.callerOf(row);
    if (row !== undefined && caller !== null && row.unseen)
      await this.pool.query('UPDATE sessions SET last_seen_at = now() WHERE id = $1', [row.id]);
    return caller;
  }

  private callerOf({ id, key_hash: keyHash, person_id: personId, name, email, role }: Row): Caller | null {
    if (personId !== null && name !== null && email !== null && role !== null)
      return { id: personId, name, role, session: { id, person: { id: personId, name, email } } };
    const key = keyHash === null ? null : this.keys.findByHash(keyHash);
    return key === null ? null : { id: key.id, name: key.name, role: key.role, session: { id, person: null } };
  }
}
