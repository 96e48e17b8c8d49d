import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { Problem } from '../http/problem.js';
import { rangeOf, UUID } from '../http/page.js';
import { isPublicIngest, publicUrl } from '../http/public-path.js';
import { IdsService } from '../db/ids.service.js';
import { JobsService, type ReplayFilter } from '../queues/jobs.service.js';
import { add } from '../lib/money.js';
import { cidToUuid, uuidAt, uuidToCid, uuidTime } from '../lib/ids.js';
import { LiveOffersService } from '../offers/live-offers.service.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { Waker } from '../queues/queues.js';
import { ReadsService } from '../db/reads.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { conversionId } from '../conversions/conversion-id.js';
import type { DecidedConversion } from '../conversions/conversion.dto.js';
import type { InboxRow } from './drain.query.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { PreviewService, type PreviewVerdict } from './preview.service.js';
import { parsePostback, type RawPostback } from './parse-postback.js';
import { ExplainService } from './explain.service.js';
import { IGNORE_FAILED, listPostbacks, type PostbackLogRow } from './postback-log.query.js';
import type {
  BulkReplay,
  BulkReplayAnswer,
  DryRun,
  DryRunAnswer,
  ReplayAnswer,
  UnmatchedAnswer,
  UnmatchedList,
} from './postback-actions.dto.js';
import { PostbacksService } from './postbacks.service.js';
import type { PostbackAnswer } from './postback-log.dto.js';
import { RedecideService } from './redecide.service.js';
import { countReplayable, replayCount, type ReplayCount } from './redecide.query.js';
import { InjectQueue } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import type { Conversion } from '../conversions/conversion.js';

/** How long the answer to a replay waits for the verdict. */
const VERDICT_MS = 5_000;
const POLL_MS = 50;
const UNMATCHED_DAYS = 90;
/** So many are read: parsing them takes a tenth of a second or two, in which others are answered too. */
const UNMATCHED_ROWS = 5_000;
const READ_AT_ONCE = 500;
const DAY_MS = 86_400_000;
const MAPS = ['source', 'template', 'account'] as const;

/** What admins do with postbacks: replay them, ask what one would do, see those without a click. */
@Injectable()
export class PostbackActionsService {
  private readonly waker: Waker;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @InjectQueue('ingest') ingest: Queue,
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly jobs: JobsService,
    private readonly sources: LiveSourcesService,
    private readonly offers: LiveOffersService,
    private readonly postbacks: PostbacksService,
    private readonly previews: PreviewService,
    private readonly meanings: MeaningsService,
    private readonly explained: ExplainService,
    private readonly redecide: RedecideService,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.waker = new Waker(ingest);
  }

  /** @throws Problem 404; 409 for a request that is no dead letter */
  async ignore(id: string, note: string): Promise<void> {
    if (UUID.test(id) && (await this.pool.query({ ...IGNORE_FAILED, values: [id, note] })).rowCount === 1) return;
    const found = UUID.test(id) ? await this.find(id) : null;
    if (found === null) throw Problem.notFound('postback', id);
    throw new Problem(409, 'not_a_dead_letter', `This request's result is ${found.result}: only failed ones can be set aside.`);
  }

  /**
   * Clears a verdict and decides again.
   * @throws Problem 404; 409 for a request that was refused at the door
   */
  async replay(id: string): Promise<ReplayAnswer> {
    const before = UUID.test(id) ? await this.find(id) : null;
    if (before === null) throw Problem.notFound('postback', id);
    if (before.decidedAt === null) {
      await this.pool.query('UPDATE inbox SET next_attempt_at = now() WHERE id = $1', [id]);
      this.waker.wake();
    } else if ((await this.redecide.giveBack([id])) === 0) {
      throw new Problem(
        409,
        'not_replayable',
        `This request was refused with ${before.reason ?? before.result} and never acknowledged: the network has to send it again.`,
      );
    }
    const end = Date.now() + VERDICT_MS;
    let row = await this.find(id);
    while (row?.decidedAt === null && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      row = await this.find(id);
    }
    if (row === null) throw Problem.notFound('postback', id);
    const [answer] = await this.explained.answers([row]);
    const { result, reason, warnings, conversionId: conversion, explanation } = answer as PostbackAnswer;
    return { id, result, reason, explanation, warnings, conversionId: conversion };
  }

  /** @throws Problem 400 without any condition */
  async replayAll({ filter, dryRun = false }: BulkReplay): Promise<BulkReplayAnswer> {
    const { from, to, cid, ...same } = filter;
    const range = rangeOf({ from, to }, this.config.timeZone, this.ids.now());
    const wanted: ReplayFilter = {
      ...same,
      from: range.from,
      to: range.to,
      cid: cid === undefined || cidToUuid(cid) === null ? cid : cid.toLowerCase(),
    };
    if (Object.values(wanted).every((value) => value === undefined))
      throw Problem.invalid([
        { pointer: '/filter', message: 'filter must have at least one condition: result, reason, offerSourceId, cid, from or to' },
      ]);
    const data = { filter: JSON.parse(JSON.stringify(wanted)) as ReplayFilter, before: this.ids.next() };
    const counted = replayCount(await this.reads.rows<ReplayCount>(countReplayable(data)));
    if (dryRun) return { dryRun, ...counted, jobId: null };
    const jobId = await this.jobs.add(this.pool, 'replay', data);
    await this.jobs.start(jobId);
    return { dryRun, ...counted, jobId };
  }

  /** PUBLIC_URL may have a path, which a proxy takes away. */
  private withoutPrefix(path: string): string {
    const prefix = new URL(this.config.publicUrl).pathname;
    return prefix !== '/' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  }

  /** What a URL would do. Reads only. @throws Problem 400 for a URL that is none of ours */
  async dryRun({ url, method = 'GET', contentType, body, ip = null }: DryRun): Promise<DryRunAnswer> {
    const target = URL.canParse(url, 'http://tracker.invalid') ? new URL(url, 'http://tracker.invalid') : null;
    const plain = publicUrl(this.withoutPrefix(target?.pathname ?? ''));
    const endpoint = /^\/postback(?:\.gif|\/([^/]+?)(?:\.gif)?)?$/.exec(plain);
    if (target === null || !isPublicIngest(plain))
      throw Problem.invalid([{ pointer: '/url', message: 'url must be a postback URL: …/postback?cid=… or …/postback/TOKEN?cid=…' }]);
    const raw = url.slice(url.indexOf(target.pathname));
    const examined = await this.postbacks.examine({
      url: endpoint === null ? `/postback${target.search}` : (raw.split('#', 1)[0] ?? ''),
      contentType: contentType ?? (body === undefined ? null : 'application/x-www-form-urlencoded'),
      body: body === undefined ? null : Buffer.from(body),
      ip,
      token: endpoint?.[1] ?? null,
    });
    if (endpoint === null || examined.refused !== null) {
      const { status, reason } = (endpoint === null ? null : examined.refused) ?? ({ status: 404, reason: 'bad_path' } as const);
      return {
        ...NOTHING,
        httpStatus: status,
        result: 'rejected',
        reason,
        explanation: this.explained.refusal(
          reason,
          { ...examined, ...examined.token, ip },
          examined.source,
          examined.parsed?.values ?? null,
          examined.parsed?.warnings ?? [],
        ),
        warnings: examined.parsed?.warnings ?? [],
        values: said(examined.parsed?.values ?? {}),
        source: endpoint === null || examined.source === null ? null : { id: examined.source.id, name: examined.source.name },
      };
    }
    const row: InboxRow = {
      id: this.ids.next(),
      seq: Number.MAX_SAFE_INTEGER,
      receivedAt: Math.round(this.ids.now()),
      attempts: 0,
      replayed: false,
      cid: examined.cid,
      ...examined.token,
      method,
      query: examined.query,
      contentType: examined.contentType,
      body: examined.body,
      ip,
    };
    const client = await this.pool.connect();
    try {
      const [verdict] = await this.previews.preview(client, [row]);
      const explanation = this.explained.preview(verdict as PreviewVerdict, row);
      return { ...this.stepsOf(verdict as PreviewVerdict, examined.cid), explanation };
    } finally {
      client.release();
    }
  }

  /** Counts and money at risk of the last days, by whose token came; with those that still wait for their click, or without. */
  async unmatched(days = UNMATCHED_DAYS, withWaiting = true): Promise<UnmatchedList> {
    const rows = await this.reads.rows<
      RawPostback & { tokenSourceId: string | null; tokenOfferId: string | null; waiting: boolean; receivedAt: Date }
    >({
      text: `SELECT token_source_id AS "tokenSourceId", token_offer_id AS "tokenOfferId", query, content_type AS "contentType", body, received_at AS "receivedAt", waiting FROM (
          (SELECT token_source_id, token_offer_id, query, content_type, body, received_at, true AS waiting FROM inbox WHERE result = 'waiting_click' AND $3 LIMIT $2)
          UNION ALL
          (SELECT token_source_id, token_offer_id, query, content_type, body, received_at, false FROM postbacks WHERE result = 'click_not_found' AND id >= $1 ORDER BY id DESC LIMIT $2)) AS u LIMIT $2`,
      values: [uuidAt(this.ids.now() - days * DAY_MS, 'min'), UNMATCHED_ROWS + 1, withWaiting],
    });
    const groups = new Map<string | null, UnmatchedAnswer>();
    for (const [i, { tokenSourceId, tokenOfferId, waiting, receivedAt, ...raw }] of rows.slice(0, UNMATCHED_ROWS).entries()) {
      if (i % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
      const seen = receivedAt.toISOString();
      let group = groups.get(tokenSourceId ?? tokenOfferId);
      if (group === undefined) {
        group = {
          offerSourceId: tokenSourceId,
          offerId: tokenOfferId,
          waiting: 0,
          notFound: 0,
          money: {},
          firstSeen: seen,
          lastSeen: seen,
        };
        groups.set(tokenSourceId ?? tokenOfferId, group);
      }
      if (waiting) group.waiting += 1;
      else group.notFound += 1;
      if (seen < group.firstSeen) group.firstSeen = seen;
      if (seen > group.lastSeen) group.lastSeen = seen;
      const offer = tokenOfferId === null ? null : this.offers.byId(tokenOfferId);
      const source = this.sources.byId(tokenSourceId ?? offer?.offerSourceId ?? null);
      const { values, warnings } = parsePostback(raw, source?.parsing ?? this.sources.plainParsing);
      if (values.payout === null) continue;
      // As a conversion's would be read: an amount without a currency is in the source's; one whose code is unreadable is in none.
      const assumed = source?.defaultCurrency ?? offer?.currency ?? this.config.baseCurrency;
      const currency = values.currency ?? (warnings.includes('bad_currency') ? '' : assumed);
      group.money[currency] = add(group.money[currency] ?? '0', values.payout);
    }
    return { data: [...groups.values()], nextCursor: null, complete: rows.length <= UNMATCHED_ROWS };
  }

  private async find(id: string): Promise<PostbackLogRow | null> {
    return (await this.pool.query<PostbackLogRow>(listPostbacks({ id }, 1).page)).rows[0] ?? null;
  }

  private stepsOf(verdict: PreviewVerdict, cid: string): Omit<DryRunAnswer, 'explanation'> {
    const { result, reason, warnings, parsed, source, click, entry, before, after, key, defaultStatus } = verdict;
    const { status: word } = parsed.values;
    const { meaning, mappedBy } = word === null ? { meaning: defaultStatus, mappedBy: null } : this.meanings.of(word, source);
    const conversionOf = (c: Conversion | null): DecidedConversion | null => {
      if (c === null || click === null) return null;
      const {
        key: k,
        txid,
        networkConversionId,
        status,
        rawStatus,
        payout,
        currency,
        rate,
        rateDate,
        rateSource,
        payoutBase,
        payoutReversed,
        upsell,
        convertedAt,
        params,
        events,
      } = c;
      return {
        id: conversionId(click.clickId, k),
        cid,
        txid,
        networkConversionId,
        offerId: click.offerId,
        offerSourceId: source?.id ?? null,
        status,
        rawStatus,
        payout,
        currency,
        rate,
        rateDate,
        rateSource,
        payoutBase,
        payoutReversed,
        upsell,
        clickedAt: new Date(click.clickedAt).toISOString(),
        convertedAt: new Date(convertedAt).toISOString(),
        updatedAt: new Date(c.lastAt).toISOString(),
        params,
        events,
      };
    };
    const amount = after ?? before;
    return {
      httpStatus: 200,
      result,
      reason,
      warnings,
      values: said(parsed.values),
      source: source === null ? null : { id: source.id, name: source.name },
      click:
        click === null
          ? null
          : {
              cid: uuidToCid(click.clickId),
              offerId: click.offerId,
              offerSourceId: click.offerSourceId,
              clickedAt: new Date(uuidTime(click.clickId)).toISOString(),
            },
      status: {
        word,
        meaning,
        mappedBy:
          word === null ? 'default' : typeof mappedBy === 'number' ? (source === null ? 'account' : (MAPS[mappedBy] ?? null)) : mappedBy,
      },
      key,
      from: entry?.from ?? null,
      to: entry?.to ?? null,
      money:
        amount === null || amount.payout === null
          ? null
          : {
              payout: amount.payout,
              currency: amount.currency,
              rate: amount.rate,
              rateDate: amount.rateDate,
              rateSource: amount.rateSource,
              payoutBase: amount.payoutBase,
            },
      before: conversionOf(before),
      after: conversionOf(after),
    };
  }
}

const NOTHING: Omit<DryRunAnswer, 'httpStatus' | 'result' | 'reason' | 'explanation' | 'warnings' | 'values'> = {
  source: null,
  click: null,
  status: null,
  key: null,
  from: null,
  to: null,
  money: null,
  before: null,
  after: null,
};

/** Without what is absent. */
function said(values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, v]) => v !== null && v !== false && (typeof v !== 'object' || Object.keys(v as object).length > 0)),
  );
}
