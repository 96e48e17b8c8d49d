import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { NoticesService } from '../db/notices.service.js';
import { backupState, untrustedProxy } from '../db/notices.js';
import { ReadsService } from '../db/reads.service.js';
import { uuidAt, uuidToCid } from '../lib/ids.js';
import { isLocalUrl } from '../lib/local-url.js';
import { add, compare } from '../lib/money.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { PostbackActionsService } from '../postbacks/postback-actions.service.js';
import { RatesService } from '../rates/rates.service.js';
import { StatusesService } from '../statuses/statuses.service.js';
import type { Attention } from './attention.dto.js';
import { DEAD, HEARD, HEARTBEATS, ONE_CLICK_FOR_ALL, REFUSALS, WITHOUT_RATE } from './attention.query.js';
import { type Heartbeat, silentSince } from './silence.js';

const CACHED_MS = 2_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Dead letters stay until somebody sees to them. */
const DEAD_MS = 90 * DAY_MS;
/** Refusals have jumped: so many in an hour, and so many times what an hour has brought before. */
const JUMP = { least: 20, times: 5 };

type Counted = Pick<Attention, 'count' | 'since'>;

/** What the overview page lists as needing attention. */
@Injectable()
export class AttentionService {
  private cached: { list: Promise<Attention[]>; until: number } | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly rates: RatesService,
    private readonly statuses: StatusesService,
    private readonly notices: NoticesService,
    private readonly actions: PostbackActionsService,
  ) {}

  /** At most two seconds old. */
  list(): Promise<Attention[]> {
    const now = performance.now();
    if (this.cached === null || now >= this.cached.until) {
      const list = this.look();
      this.cached = { list, until: now + CACHED_MS };
      list.catch(() => (this.cached = null));
    }
    return this.cached.list;
  }

  private async look(): Promise<Attention[]> {
    const parts = [
      await this.words(),
      await this.unmatched(),
      await this.refusals(),
      await this.deadLetters(),
      await this.withoutRate(),
      await this.oneClickForAll(),
      await this.silent(),
      this.oldRates(),
      this.localUrl(),
      await this.noticed(),
    ];
    return parts.flat().toSorted(byMoneyThenTime);
  }

  private async words(): Promise<Attention[]> {
    const { data } = await this.statuses.unmapped();
    return data
      .filter(({ mappedTo }) => mappedTo === null)
      .map(({ offerSourceId, word, count, money, firstSeen }) => ({
        ...nothing('unmapped_words', `/app/words?word=${encodeURIComponent(word)}${sourceFilter(offerSourceId)}`),
        count,
        money,
        currency: this.config.baseCurrency,
        offerSourceId,
        since: firstSeen,
      }));
  }

  private async unmatched(): Promise<Attention[]> {
    const { data } = await this.actions.unmatched(1, false);
    const today = new Date(this.ids.now()).toISOString().slice(0, 10);
    // Offers with a token of their own have no source: they are one line.
    return [...new Set(data.map(({ offerSourceId }) => offerSourceId))].map((offerSourceId) => {
      const groups = data.filter((group) => group.offerSourceId === offerSourceId);
      return {
        ...nothing('unmatched', `/app/postbacks?result=click_not_found${sourceFilter(offerSourceId)}`),
        count: groups.reduce((sum, { notFound }) => sum + notFound, 0),
        ...this.inBase(
          groups.flatMap(({ money }) => Object.entries(money)),
          today,
        ),
        offerSourceId,
        since: groups.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? null,
      };
    });
  }

  /** Amounts by currency as one in the base currency; what has no rate is left out. */
  private inBase(money: readonly [currency: string, amount: string][], day: string): Pick<Attention, 'money' | 'currency'> {
    const known = money.flatMap(([currency, amount]) => this.rates.toBase(amount, currency, day) ?? []);
    return known.length === 0 ? { money: null, currency: null } : { money: known.reduce(add), currency: this.config.baseCurrency };
  }

  private async refusals(): Promise<Attention[]> {
    const [row] = await this.rows<{
      recent: number;
      before: number;
      since: string | null;
      strangers: number;
      strangersSince: string | null;
    }>(REFUSALS, [this.idAgo(DAY_MS + HOUR_MS), this.idAgo(HOUR_MS)]);
    if (row === undefined) return [];
    const found: Attention[] = [];
    if (row.recent >= JUMP.least && row.recent >= (JUMP.times * row.before) / 24)
      found.push({ ...nothing('refusals_jumped', '/app/postbacks?result=rejected'), count: row.recent, since: row.since });
    // Postbacks with made-up click ids, too: more than are kept of them came today.
    const made = (await this.notices.all()).get('strangers')?.at;
    const spent = made !== undefined && Date.now() - made.getTime() < DAY_MS ? made.toISOString() : null;
    if (row.strangers > 0 || spent !== null)
      found.push({
        ...nothing('strangers', '/app/postbacks?result=rejected&reason=bad_token'),
        count: row.strangers,
        since: row.strangersSince ?? spent,
      });
    return found;
  }

  private async deadLetters(): Promise<Attention[]> {
    const rows = await this.rows<{ count: number; since: string | null }>(DEAD, [this.idAgo(DEAD_MS)]);
    return rows
      .filter(({ count }) => count > 0)
      .map((row) => ({ ...nothing('dead_letters', '/app/postbacks?result=failed&ignored=false'), ...row }));
  }

  private async withoutRate(): Promise<Attention[]> {
    const rows = await this.rows<Counted & { currency: string | null; money: string }>(WITHOUT_RATE, []);
    return rows.map((row) => ({ ...nothing('rates_missing', '/app/settings/rates'), ...row }));
  }

  private async oneClickForAll(): Promise<Attention[]> {
    const rows = await this.rows<Counted & { clickId: string; offerSourceId: string | null; money: string | null }>(ONE_CLICK_FOR_ALL, []);
    return rows.map(({ clickId, ...row }) => ({
      ...nothing('one_click_for_all', `/app/clicks/${uuidToCid(clickId)}`),
      ...row,
      currency: row.money === null ? null : this.config.baseCurrency,
    }));
  }

  private async silent(): Promise<Attention[]> {
    const now = this.ids.now();
    const silent = (await this.rows<Heartbeat & { offerSourceId: string }>(HEARTBEATS, [])).flatMap(({ offerSourceId, ...heartbeat }) => {
      const since = silentSince(heartbeat, now);
      return since === null || this.sources.byId(offerSourceId)?.enabled !== true ? [] : [{ offerSourceId, since }];
    });
    if (silent.length === 0) return [];
    const oldest = Math.min(...silent.map(({ since }) => since));
    const heard = new Set((await this.rows<{ id: string }>(HEARD, [uuidAt(oldest, 'min')])).map(({ id }) => id));
    return silent
      .filter(({ offerSourceId }) => !heard.has(offerSourceId))
      .map(({ offerSourceId, since }) => ({
        ...nothing('source_silent', `/app/offer-sources/${offerSourceId}`),
        offerSourceId,
        since: new Date(since).toISOString(),
      }));
  }

  private oldRates(): Attention[] {
    const { day, days, stale } = this.rates.age();
    if (!stale) return [];
    return [{ ...nothing('rates_old', '/app/settings/rates'), count: days, since: day === null ? null : `${day}T00:00:00.000Z` }];
  }

  /** Networks cannot reach it. A tracker without sources is being tried at home. */
  private localUrl(): Attention[] {
    const sources = [...this.sources.all()].length;
    return sources === 0 || !isLocalUrl(this.config.publicUrl)
      ? []
      : [{ ...nothing('public_url_local', '/app/settings/system'), count: sources }];
  }

  /** A backup that is missing, and a proxy in front that TRUST_PROXY does not name. */
  private async noticed(): Promise<Attention[]> {
    const notices = await this.notices.all();
    const { missingSince } = backupState(notices, Date.now());
    const proxy = untrustedProxy(notices, this.config.trustProxy);
    return [
      ...(missingSince === null ? [] : [{ ...nothing('backup_missing', '/app/settings/system'), since: missingSince.toISOString() }]),
      ...(proxy === null
        ? []
        : [{ ...nothing('proxy_untrusted', '/app/settings/system'), since: notices.get('proxy_untrusted')?.at.toISOString() ?? null }]),
    ];
  }

  private rows<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return this.reads.rows<Row>({ text, values });
  }

  private idAgo(ms: number): string {
    return uuidAt(this.ids.now() - ms, 'min');
  }
}

const nothing = (kind: Attention['kind'], href: string): Attention => ({
  kind,
  count: null,
  money: null,
  currency: null,
  offerSourceId: null,
  since: null,
  href,
});

const sourceFilter = (id: string | null): string => (id === null ? '' : `&offerSourceId=${id}`);

/** The dearest first; of those without money the newest. Amounts of different currencies are as near as one gets without a rate. */
function byMoneyThenTime(a: Attention, b: Attention): number {
  const money = compare(b.money ?? '0', a.money ?? '0');
  if (money !== 0) return money;
  return (a.since ?? '') < (b.since ?? '') ? 1 : (a.since ?? '') > (b.since ?? '') ? -1 : 0;
}
