import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { checkIfMatch, versionOf } from '../http/etag.js';
import { UUID } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { iso } from '../lib/sql.js';
import type { ApiKeyRole } from './api-key.entity.js';
import type { Caller } from './api-keys.service.js';
import { makeInvite } from './invites.query.js';
import { PasswordsService } from './passwords.service.js';
import type { ChangeMyself, ChangePerson, CreatePerson, InviteLink, PersonAnswer, PersonCreated } from './people.dto.js';
import { SessionsService } from './sessions.service.js';
import { byAccount, slowed, SlowingService } from './slowing.service.js';

type Db = Pick<pg.Pool, 'query'>;

const SHOWN = `p.id, p.name, p.email, p.role, ${iso('p.created_at')} AS "createdAt", ${iso('p.disabled_at')} AS "disabledAt",
  (SELECT ${iso('max(s.last_seen_at)')} FROM sessions s WHERE s.person_id = p.id) AS "lastSeenAt", p.password_hash IS NOT NULL AS "hasPassword"`;

/** When somebody was last seen is nobody's change. */
export const versionOfPerson = ({ name, email, role, disabledAt, hasPassword }: PersonAnswer): string =>
  versionOf(name, email, role, disabledAt, hasPassword);

/** Two spellings of one address are one person. */
export const plainEmail = (email: string): string => email.trim().toLowerCase();

/** The people who sign in. */
@Injectable()
export class PeopleService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly slowing: SlowingService,
  ) {}

  async list(): Promise<PersonAnswer[]> {
    return (await this.pool.query<PersonAnswer>(`SELECT ${SHOWN} FROM people p ORDER BY p.id`)).rows;
  }

  /** @throws Problem 409 when the address has a person */
  async create({ name, email, role, password }: CreatePerson): Promise<PersonCreated> {
    const hash = password === undefined ? null : await this.passwords.hash(password);
    return inTransaction(this.pool, async (db) => {
      const id = await this.insert(db, { name, email, role, hash });
      const invite = hash === null ? await makeInvite(db, this.config.publicUrl, { personId: id, role }) : null;
      return { ...(await this.get(id, db)), invite };
    });
  }

  /** A new person's row: its id. */
  async insert(
    db: Db,
    { name, email, role, hash }: { name: string; email: string; role: ApiKeyRole; hash: string | null },
  ): Promise<string> {
    const id = this.ids.next();
    const { rowCount } = await db.query(
      'INSERT INTO people (id, name, email, role, password_hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING',
      [id, name, plainEmail(email), role, hash],
    );
    if (rowCount === 0) throw emailTaken();
    return id;
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 404, 412; 409 for the caller's own role, so that nobody locks himself out, and for an address that is taken
   */
  async change(id: string, { name, email, role, disabled }: ChangePerson, caller: Caller, ifMatch?: string): Promise<PersonAnswer> {
    if (id === caller.id && (role !== undefined || disabled !== undefined))
      throw new Problem(409, 'own_account', 'This is your own account. Have another admin change its role or disable it.');
    const person = await inTransaction(this.pool, async (db) => {
      checkIfMatch(ifMatch, versionOfPerson(await this.get(id, db, 'FOR UPDATE')));
      await refuseTaken(
        db.query(
          `UPDATE people SET name = coalesce($2, name), email = coalesce($3, email), role = coalesce($4, role),
             disabled_at = CASE WHEN $5::boolean IS NULL THEN disabled_at WHEN $5 THEN coalesce(disabled_at, now()) END WHERE id = $1`,
          [id, name ?? null, email === undefined ? null : plainEmail(email), role ?? null, disabled ?? null],
        ),
      );
      if (disabled === true) {
        await this.sessions.endAllOf(id, null, db);
        await db.query('DELETE FROM invites WHERE person_id = $1', [id]);
      }
      return this.get(id, db);
    });
    this.sessions.forget();
    return person;
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 403 for a key, 400 without the current password or with a wrong one, 412, 429 while slowed
   */
  async changeMyself({ name, email, password, currentPassword }: ChangeMyself, caller: Caller, ifMatch?: string): Promise<PersonAnswer> {
    const me = caller.session?.person ?? null;
    if (me === null) throw new Problem(403, 'forbidden', 'A key is no person. Sign in with e-mail address and password.');
    if (email !== undefined || password !== undefined) await this.confirm(me, currentPassword);
    const hash = password === undefined ? null : await this.passwords.hash(password);
    const person = await inTransaction(this.pool, async (db) => {
      checkIfMatch(ifMatch, versionOfPerson(await this.get(me.id, db, 'FOR UPDATE')));
      await refuseTaken(
        db.query(
          'UPDATE people SET name = coalesce($2, name), email = coalesce($3, email), password_hash = coalesce($4, password_hash) WHERE id = $1',
          [me.id, name ?? null, email === undefined ? null : plainEmail(email), hash],
        ),
      );
      if (hash !== null) {
        await this.sessions.endAllOf(me.id, caller.session?.id ?? null, db);
        await db.query('DELETE FROM invites WHERE person_id = $1', [me.id]);
      }
      return this.get(me.id, db);
    });
    this.sessions.forget();
    return person;
  }

  /** A one-time link by which the person chooses a new password. @throws Problem 404, 409 for a disabled person */
  async invite(id: string): Promise<InviteLink> {
    const { disabledAt, role } = await this.get(id);
    if (disabledAt !== null) throw new Problem(409, 'disabled', 'This person is disabled. Enable the account first.');
    return makeInvite(this.pool, this.config.publicUrl, { personId: id, role });
  }

  private async confirm(me: { id: string; email: string }, currentPassword: string | undefined): Promise<void> {
    if (currentPassword === undefined)
      throw Problem.invalid([
        { pointer: '/currentPassword', message: 'currentPassword is needed to change the e-mail address or the password' },
      ]);
    const account = byAccount(me.email);
    const confirmed = await this.passwords.inTurn(async () => {
      const pause = await this.slowing.pause([account]);
      if (pause > 0) throw slowed(pause);
      const { rows } = await this.pool.query<{ hash: string | null }>('SELECT password_hash AS hash FROM people WHERE id = $1', [me.id]);
      if (await this.passwords.verify(rows[0]?.hash ?? null, currentPassword)) return true;
      await this.slowing.failed([account]);
      throw Problem.invalid([{ pointer: '/currentPassword', message: 'currentPassword is wrong' }]);
    });
    if (confirmed === null) throw slowed(1);
  }

  /** @throws Problem 404 */
  async get(id: string, db: Db = this.pool, lock: 'FOR UPDATE' | '' = ''): Promise<PersonAnswer> {
    const [person] = UUID.test(id)
      ? (await db.query<PersonAnswer>(`SELECT ${SHOWN} FROM people p WHERE p.id = $1 ${lock}`, [id])).rows
      : [];
    if (person === undefined) throw Problem.notFound('person', id);
    return person;
  }
}

const emailTaken = (): Problem => new Problem(409, 'email_taken', 'Somebody has this e-mail address. One person, one address.');

const refuseTaken = (change: Promise<unknown>): Promise<unknown> =>
  change.catch((error: { constraint?: string }) => {
    throw error.constraint === 'people_email_key' ? emailTaken() : error;
  });
