import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { iso } from '../lib/sql.js';
import { hashKey } from './api-keys.service.js';
import type { ApiKeyRole } from './api-key.entity.js';
import type { InviteLink } from './people.dto.js';

const VALID = `interval '7 days'`;

/** A one-time link that signs in: for a person, or for somebody new with this role. Links made before for the same person end. */
export async function makeInvite(
  db: Pick<pg.Pool, 'query'>,
  publicUrl: string,
  { personId, role }: { personId: string | null; role: ApiKeyRole },
): Promise<InviteLink> {
  const token = randomBytes(32).toString('base64url');
  await db.query('DELETE FROM invites WHERE expires_at < now() OR person_id = $1', [personId]);
  const { rows } = await db.query<{ expiresAt: string }>(
    `INSERT INTO invites (token_hash, person_id, role, expires_at) VALUES ($1, $2, $3, now() + ${VALID}) RETURNING ${iso('expires_at')} AS "expiresAt"`,
    [hashKey(token), personId, role],
  );
  return { url: `${publicUrl}/app/invite/${token}`, expiresAt: rows[0]?.expiresAt ?? '' };
}

/** While there is nobody yet: the owner's link; null when there are people, or a link that was shown before. */
export async function firstInvite(db: Pick<pg.Pool, 'query'>, publicUrl: string): Promise<InviteLink | null> {
  const { rows } = await db.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM people) OR EXISTS (SELECT FROM invites WHERE expires_at > now()) AS found',
  );
  return rows[0]?.found === true ? null : makeInvite(db, publicUrl, { personId: null, role: 'admin' });
}
