import { Inject, Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import type pg from 'pg';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { type FieldError, Problem } from '../http/problem.js';
import { iso } from '../lib/sql.js';
import { ApiKeysService, hashKey } from './api-keys.service.js';
import type { ApiKeyRole } from './api-key.entity.js';
import { PasswordsService } from './passwords.service.js';
import { PeopleService, plainEmail } from './people.service.js';
import { type InviteAnswer, MIN_PASSWORD, type SignIn } from './session.dto.js';
import { type Owner, SessionsService } from './sessions.service.js';
import { byAccount, bySubject, slowed, SlowingService } from './slowing.service.js';

/** Where a request comes from. */
export interface Origin {
  address: string | null;
  agent: string | undefined;
}

interface OpenInvite {
  person_id: string | null;
  role: ApiKeyRole;
}

/** The same for everything that is wrong, so that nobody learns whose address this is. */
const refused = (): Problem =>
  new Problem(401, 'unauthorized', 'This does not sign in. Check the address and the password, or ask an admin for a new link.');

/** Begins sessions: by key, by password, by a one-time link. */
@Injectable()
export class SignInService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly keys: ApiKeysService,
    private readonly passwords: PasswordsService,
    private readonly people: PeopleService,
    private readonly sessions: SessionsService,
    private readonly slowing: SlowingService,
  ) {}

  /**
   * The token of a new session; the one that the browser had before ends.
   * @throws Problem 401, 429 while slowed, 400 for a password that is too short
   */
  async signIn(said: SignIn, from: Origin, replaced: string | null): Promise<string> {
    const owner = await this.ownerOf(said, from);
    return this.sessions.begin(owner, from, replaced);
  }

  /** What a one-time link is for; it remains to be used. */
  async askInvite(token: string | undefined, from: Origin): Promise<InviteAnswer> {
    if (token === undefined) throw refused();
    return this.attempt([bySubject(from.address)], async () => {
      const { rows } = await this.pool.query<InviteAnswer>(
        `SELECT p.name, p.email, coalesce(p.role, i.role) AS role, ${iso('i.expires_at')} AS "expiresAt"
         FROM invites i LEFT JOIN people p ON p.id = i.person_id WHERE i.token_hash = $1 AND i.expires_at > now()`,
        [hashKey(token)],
      );
      return rows[0] ?? null;
    });
  }

  private async ownerOf(said: SignIn, from: Origin): Promise<Owner> {
    const address = bySubject(from.address);
    const { key, email, password, invite } = said;
    if (key !== undefined) return this.attempt([address], async () => (this.keys.find(key) === null ? null : { keyHash: hashKey(key) }));
    if (invite !== undefined) return this.accept(invite, said, address);
    if (email === undefined || password === undefined) throw refused();
    const account = byAccount(plainEmail(email));
    const personId = await this.attempt([address, account], async () => {
      const { rows } = await this.pool.query<{ id: string; hash: string | null; disabled: boolean }>(
        'SELECT id, password_hash AS hash, disabled_at IS NOT NULL AS disabled FROM people WHERE email = $1',
        [plainEmail(email)],
      );
      const [person] = rows;
      const right = await this.passwords.verify(person?.hash ?? null, password);
      return right && person !== undefined && !person.disabled ? person.id : null;
    });
    await this.slowing.succeeded(account);
    return { personId };
  }

  /** Uses a one-time link up: a new person, or a new password for one, whose sessions end. */
  private async accept(token: string, { name, email, password }: SignIn, address: string): Promise<Owner> {
    const hash = hashKey(token);
    const { person_id: known } = await this.attempt([address], async () => {
      const { rows } = await this.pool.query<OpenInvite>(
        'SELECT person_id, role FROM invites WHERE token_hash = $1 AND expires_at > now()',
        [hash],
      );
      return rows[0] ?? null;
    });
    const errors: FieldError[] = [];
    if (password === undefined || password.length < MIN_PASSWORD)
      errors.push({ pointer: '/password', message: `password must be at least ${MIN_PASSWORD} characters` });
    if (known === null && name === undefined) errors.push({ pointer: '/name', message: 'name must be 1 to 100 characters' });
    if (known === null ? !isEmail(email) : email !== undefined && !isEmail(email))
      errors.push({ pointer: '/email', message: 'email must be an e-mail address' });
    if (errors.length > 0) throw Problem.invalid(errors);
    const passwordHash = await this.passwords.hash(password as string);
    const personId = await inTransaction(this.pool, async (db) => {
      const { rows } = await db.query<OpenInvite>(
        'DELETE FROM invites WHERE token_hash = $1 AND expires_at > now() RETURNING person_id, role',
        [hash],
      );
      const [used] = rows;
      // Somebody else has used it meanwhile.
      if (used === undefined) throw refused();
      if (used.person_id === null)
        return this.people.insert(db, { name: name as string, email: email as string, role: used.role, hash: passwordHash });
      const changed = await db.query(
        'UPDATE people SET password_hash = $2, name = coalesce($3, name) WHERE id = $1 AND disabled_at IS NULL',
        [used.person_id, passwordHash, name ?? null],
      );
      if (changed.rowCount === 0) throw refused();
      await this.sessions.endAllOf(used.person_id, null, db);
      return used.person_id;
    });
    return { personId };
  }

  /** One at a time, and slowed by every one of `subjects`. */
  private async attempt<T>(subjects: string[], look: () => Promise<T | null>): Promise<T> {
    const found = await this.passwords.inTurn(async () => {
      const pause = await this.slowing.pause(subjects);
      if (pause > 0) throw slowed(pause);
      const result = await look();
      if (result !== null) return result;
      await this.slowing.failed(subjects);
      throw refused();
    });
    if (found === null) throw slowed(1);
    return found;
  }
}
