import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { ChangesService } from '../db/changes.service.js';
import { parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { findNetwork } from './networks.js';
import { byStatusKey } from './status-word.js';
import type { DuplicateMode, StatusMeaning, TransitionPolicy } from './vocabulary.js';

/** A source as the hot paths need it. */
export interface LiveSource {
  id: string;
  name: string;
  enabled: boolean;
  cidParameter: string;
  offerUrlTemplate: string;
  linkBuilder: Record<string, string>;
  /** In order of precedence: the source's own words, its network template's, the account's. */
  statusMaps: readonly StatusMap[];
  defaultStatus: StatusMeaning;
  defaultCurrency: string | null;
  duplicateMode: DuplicateMode;
  retryWindowSeconds: number;
  transitionPolicy: TransitionPolicy;
  amountSign: 'absolute' | 'signed';
  clickExpiryDays: number | null;
  eventMakesConversion: boolean;
  /** null: any address. */
  allowedIps: IpRanges | null;
  /** The same as they were given. */
  allowedIpTexts: readonly string[];
  requireToken: boolean;
  successBody: string | null;
  /** How its requests are read. */
  parsing: Parsing;
}

/** What a source says of the text of its requests; see postbacks/parse-postback.ts. */
export interface Parsing {
  aliases: Readonly<Record<string, string>>;
  legacyEncoding: string | null;
  currency: string | null;
}

/** What a token names. */
export interface Bearer {
  /** Whose rules hold at the door: the source named, or the one that the offer named has at present. */
  source: LiveSource | null;
  /** Of an offer's own token; null for a source's. */
  offerId: string | null;
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
const WELL_FORMED = /^[A-Za-z0-9_-]{22}$/;
/** One look-up of an unknown token per this many milliseconds: memory may be a second old, guessing must not cost a query each. */
const LOOKUP_INTERVAL_MS = 100;

const SOURCES = `
  SELECT id, name, enabled, template, cid_parameter AS "cidParameter", offer_url_template AS "offerUrlTemplate", link_builder AS "linkBuilder",
    status_map AS "statusMap", default_status AS "defaultStatus", default_currency AS "defaultCurrency", duplicate_mode AS "duplicateMode",
    retry_window_seconds AS "retryWindowSeconds", transition_policy AS "transitionPolicy", amount_sign AS "amountSign",
    click_expiry_days AS "clickExpiryDays", event_makes_conversion AS "eventMakesConversion", allowed_ips AS "allowedIps",
    require_token AS "requireToken", success_body AS "successBody", parameter_aliases AS "parameterAliases", legacy_encoding AS "legacyEncoding"
  FROM offer_sources`;
const TOKENS = `
  SELECT t.token_hash AS hash, coalesce(t.offer_source_id, o.offer_source_id) AS "sourceId", t.offer_id AS "offerId", t.expires_at AS "expiresAt"
  FROM postback_tokens t LEFT JOIN offers o ON o.id = t.offer_id WHERE t.expires_at IS NULL OR t.expires_at > now()`;

const ACCOUNT_MAP = 'SELECT word, meaning FROM account_status_map';

type StatusMap = Readonly<Record<string, StatusMeaning>>;
type SourceRow = Omit<LiveSource, 'statusMaps' | 'allowedIps' | 'allowedIpTexts' | 'parsing'> & {
  template: string;
  statusMap: Record<string, StatusMeaning>;
  allowedIps: string[];
  parameterAliases: Record<string, string>;
  legacyEncoding: string | null;
};

/** All offer sources and their tokens, held in memory: no public request reads the database for them. */
@Injectable()
export class LiveSourcesService implements OnModuleInit {
  private sources = new Map<string, LiveSource>();
  private tokens = new Map<string, { sourceId: string | null; offerId: string | null; expiresAt: number }>();
  /** Valid tokens in the clear, so that a busy source's token is not hashed for every request. */
  private seen = new Map<string, { bearer: Bearer; expiresAt: number }>();
  private nextLookup = 0;
  /** What words mean where there is no source. */
  accountMaps: readonly StatusMap[] = [];
  /** How requests are read that no source is known of. */
  readonly plainParsing: Parsing;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly changes: ChangesService,
    @Inject(CONFIG) config: Config,
  ) {
    this.plainParsing = { aliases: {}, legacyEncoding: null, currency: config.baseCurrency };
  }

  async onModuleInit(): Promise<void> {
    await this.changes.hold('catalog', () => this.load());
  }

  byId(id: string | null): LiveSource | null {
    return id === null ? null : (this.sources.get(id) ?? null);
  }

  /** How a source's requests are read. */
  parsing(id: string | null): Parsing {
    return this.byId(id)?.parsing ?? this.plainParsing;
  }

  all(): IterableIterator<LiveSource> {
    return this.sources.values();
  }

  /** What a token names, or null. A well-formed unknown token gets one bounded look-up for fresh changes. */
  async byToken(token: string): Promise<Bearer | null> {
    const known = this.inMemory(token);
    if (known !== null || !WELL_FORMED.test(token)) return known;
    const now = Date.now();
    if (now < this.nextLookup) return null;
    this.nextLookup = now + LOOKUP_INTERVAL_MS;
    await this.changes.refresh().catch(() => undefined);
    return this.inMemory(token);
  }

  private inMemory(token: string): Bearer | null {
    let entry = this.seen.get(token);
    if (entry === undefined) {
      const row = this.tokens.get(hashToken(token));
      if (row === undefined) return null;
      const source = row.sourceId === null ? null : (this.sources.get(row.sourceId) ?? null);
      if (source === null && row.offerId === null) return null;
      entry = { bearer: { source, offerId: row.offerId }, expiresAt: row.expiresAt };
      this.seen.set(token, entry);
    }
    return entry.expiresAt > Date.now() ? entry.bearer : null;
  }

  private async load(): Promise<void> {
    const [sources, tokens, words] = await Promise.all([
      this.pool.query<SourceRow>(SOURCES),
      this.pool.query<{ hash: string; sourceId: string | null; offerId: string | null; expiresAt: Date | null }>(TOKENS),
      this.pool.query<{ word: string; meaning: StatusMeaning }>(ACCOUNT_MAP),
    ]);
    const account = byStatusKey(Object.fromEntries(words.rows.map(({ word, meaning }) => [word, meaning])));
    this.accountMaps = [account];
    this.sources = new Map(sources.rows.map((row) => [row.id, live(row, account, this.plainParsing)]));
    this.tokens = new Map(
      tokens.rows.map(({ hash, sourceId, offerId, expiresAt }) => [
        hash,
        { sourceId, offerId, expiresAt: expiresAt?.getTime() ?? Number.POSITIVE_INFINITY },
      ]),
    );
    this.seen = new Map();
  }
}

function live(
  { template, statusMap, allowedIps, parameterAliases, legacyEncoding, ...row }: SourceRow,
  account: StatusMap,
  plain: Parsing,
): LiveSource {
  return {
    ...row,
    statusMaps: [byStatusKey(statusMap), byStatusKey(findNetwork(template)?.statusMap ?? {}), account],
    parsing: { aliases: parameterAliases, legacyEncoding, currency: row.defaultCurrency ?? plain.currency },
    allowedIps: allowedIps.length === 0 ? null : parseIpRanges(allowedIps).ranges,
    allowedIpTexts: allowedIps,
  };
}
