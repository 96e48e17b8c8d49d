import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull, LessThan, MoreThan } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { createSecretBox, NONCE_BYTES, type SecretBox } from '../lib/secret-box.js';
import { hashToken } from './live-sources.service.js';
import type { TokenAnswer } from './offer-source.dto.js';
import { PostbackToken } from './postback-token.entity.js';

/** Whose tokens: of sources, or of offers. */
export type TokenOwner = 'offerSourceId' | 'offerId';

/** What the key that tokens are encrypted with is derived for. */
export const TOKENS_PURPOSE = 'cidra offer source tokens';

const TOKEN_BYTES = 16;
const DEFAULT_GRACE_HOURS = 72;
const HOUR_MS = 3_600_000;

/** The tokens of postback URLs: made, ended, and shown as what a URL begins with. */
@Injectable()
export class TokensService {
  private readonly box: SecretBox;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
  ) {
    this.box = createSecretBox(config.secretKey, TOKENS_PURPOSE);
  }

  async add(db: EntityManager, owner: TokenOwner, id: string): Promise<void> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await db.insert(PostbackToken, {
      id: this.ids.next(),
      [owner]: id,
      tokenHash: hashToken(token),
      tokenEncrypted: this.box.seal(token, randomBytes(NONCE_BYTES)),
      expiresAt: null,
    });
  }

  /** Ends the tokens in use after `graceHours`, so that the network's panel can be changed at leisure. */
  async end(db: EntityManager, owner: TokenOwner, id: string, graceHours = DEFAULT_GRACE_HOURS): Promise<void> {
    const now = this.ids.now();
    const end = new Date(now + graceHours * HOUR_MS);
    await db.delete(PostbackToken, { [owner]: id, expiresAt: LessThan(new Date(now)) });
    await db.update(
      PostbackToken,
      [
        { [owner]: id, expiresAt: IsNull() },
        { [owner]: id, expiresAt: MoreThan(end) },
      ],
      { expiresAt: end },
    );
  }

  /** Newest first. */
  async valid(db: EntityManager, owner: TokenOwner, ids: string[]): Promise<PostbackToken[]> {
    if (ids.length === 0) return [];
    const of = { [owner]: In(ids) };
    return db.find(PostbackToken, {
      where: [
        { ...of, expiresAt: IsNull() },
        { ...of, expiresAt: MoreThan(new Date(this.ids.now())) },
      ],
      order: { id: 'DESC' },
    });
  }

  /** What the postback URLs of these begin with, by id, the newest token in them; null where it cannot be read. */
  async bases(db: EntityManager, owner: TokenOwner, ids: string[]): Promise<Map<string, string | null>> {
    const bases = new Map<string, string | null>();
    for (const token of await this.valid(db, owner, ids)) {
      const id = token[owner] as string;
      if (bases.has(id)) continue;
      const opened = this.box.open(token.tokenEncrypted);
      bases.set(id, opened === null ? null : `${this.config.publicUrl}/postback/${opened}`);
    }
    return bases;
  }

  /** Valid ones as they are shown, newest first. */
  async list(db: EntityManager, owner: TokenOwner, id: string): Promise<TokenAnswer[]> {
    return (await this.valid(db, owner, [id])).map((token) => ({
      id: token.id,
      createdAt: token.createdAt.toISOString(),
      expiresAt: token.expiresAt?.toISOString() ?? null,
    }));
  }
}
