import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { CONFIG, type Config } from '../config.js';
import { conversionId } from '../conversions/conversion-id.js';
import { listConversions, type ConversionEdge } from '../conversions/conversions.query.js';
import { lookThrough } from '../http/looked.js';
import { Problem } from '../http/problem.js';
import { Spool } from '../http/spool.js';
import { IdsService } from '../db/ids.service.js';
import { cidToUuid, uuidToCid } from '../lib/ids.js';
import { add, isNegative } from '../lib/money.js';
import { bounded, decimal, iso } from '../lib/sql.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { ReadsService } from '../db/reads.service.js';
import { FIND_CLICKS } from './click-import.query.js';
import { openConversions } from './conversion-import.service.js';
import type { Difference, ReconcileAnswer, ReconcileQuery } from './conversion-import.dto.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import type { FileOptions } from './open-file.js';
import { wrongIn, type ConversionLine } from './read-conversion.js';
import { dayAround, readTime } from './read-time.js';
import { differencesOf, pickNearest, pickSame, type Claim, type Ours } from './reconcile.js';

const BATCH = 500;
const MAX_LISTED = 1_000;
const MAX_ERRORS = 100;
const PAGE = 2_000;
const DEFAULT_DAYS = 31;
const DAY_MS = 86_400_000;

type Row = Ours & { clickId: string; key: string; offerId: string; convertedAt: string };

const COLUMNS = `click_id AS "clickId", key, cid, txid, status, ${decimal('payout')} AS payout, ${decimal('payout_reversed')} AS "payoutReversed", currency, offer_id AS "offerId", ${iso('converted_at')} AS "convertedAt"`;
const BY_TXID = `SELECT ${COLUMNS} FROM conversions WHERE txid = ANY($1::text[]) AND offer_source_id = $2`;
const BY_CLICK = `SELECT ${COLUMNS} FROM conversions WHERE click_id = ANY($1::uuid[]) AND offer_source_id = $2`;
const IMPORTED = 'SELECT imported_cid AS cid, click_id AS id FROM imported_cids WHERE imported_cid = ANY($1::text[])';

/** A network's statement against our conversions. Writes nothing. */
@Injectable()
export class ReconcileService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly meanings: MeaningsService,
  ) {}

  /** @throws Problem 400 for a file that cannot be read, 404 for an unknown source */
  async reconcile(upload: Readable, { offerSourceId, from, to, by }: ReconcileQuery, options: FileOptions): Promise<ReconcileAnswer> {
    const source = this.sources.byId(offerSourceId);
    if (source === null) throw Problem.notFound('offer source', offerSourceId);
    const spool = await Spool.of(upload);
    try {
      const reading = await openConversions(spool.chunks, { ...options, format: 'csv' }, source);
      const answer: ReconcileAnswer = {
        ...reading.how,
        from: '',
        to: '',
        total: 0,
        matched: 0,
        missingCount: 0,
        extraCount: 0,
        differentStatusCount: 0,
        differentAmountCount: 0,
        missing: [],
        extra: [],
        differentStatus: [],
        differentAmount: [],
        theirTotals: {},
        ourTotals: {},
        unknownStatuses: {},
        errorCount: 0,
        errors: [],
      };
      const seen = new Set<string>();
      let batch: Claim[] = [];
      let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for await (const lines of reading.lines()) {
        for (const { line, read } of lines) {
          answer.total += 1;
          const claim = typeof read === 'string' ? read : this.claimOf(line, read, source, by);
          if (typeof claim === 'string') {
            answer.errorCount += 1;
            if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line, message: claim });
            continue;
          }
          if (claim.meaning === 'unmapped')
            answer.unknownStatuses[claim.status ?? ''] = (answer.unknownStatuses[claim.status ?? ''] ?? 0) + 1;
          if (claim.at !== null) [first, last] = [Math.min(first, claim.at), Math.max(last, claim.at)];
          batch.push(claim);
        }
        if (batch.length < BATCH) continue;
        await this.compare(batch, source, by, seen, answer);
        batch = [];
      }
      await this.compare(batch, source, by, seen, answer);
      const range = this.rangeOf(from, to, options.tz, first <= last ? [first, last] : null);
      answer.from = new Date(range.from).toISOString();
      answer.to = new Date(range.to).toISOString();
      await this.extra(source, range, seen, answer);
      return answer;
    } finally {
      await spool.close();
    }
  }

  private claimOf(line: number, { query, time }: ConversionLine, source: LiveSource, by: ReconcileQuery['by']): Claim | string {
    const parsed = parsePostback({ query, contentType: null, body: null }, source.parsing);
    const { values } = parsed;
    const isNamed = by === 'txid' ? values.txid !== null : by === 'cid' ? values.cid !== null : values.txid !== null || values.cid !== null;
    if (!isNamed) return `no ${by ?? 'txid or cid'}`;
    const wrong = wrongIn(parsed, query, null, 0);
    if (wrong !== null) return wrong;
    const word = values.status === null ? null : this.meanings.of(values.status, source).meaning;
    const isRefund =
      source.amountSign === 'signed' && values.payout !== null && isNegative(values.payout) && (word === null || word === 'approved');
    return {
      line,
      cid: values.cid,
      txid: values.txid,
      status: values.status,
      meaning: isRefund ? 'reversed' : word,
      payout: values.payout,
      currency: values.currency,
      at: time?.at ?? null,
    };
  }

  /** Of what is with us and not in the statement: as asked, else the days that the statement speaks of, else the last month. */
  private rangeOf(
    from: string | undefined,
    to: string | undefined,
    tz: string,
    said: [number, number] | null,
  ): { from: number; to: number } {
    const now = this.ids.now();
    const end = (text: string): number => {
      const moment = readTime(text, { tz, order: null });
      return moment === null ? now : moment.isDay ? dayAround(moment.at, tz).to : moment.at;
    };
    return {
      from:
        from !== undefined
          ? (readTime(from, { tz, order: null })?.at ?? 0)
          : said !== null
            ? dayAround(said[0], tz).from
            : now - DEFAULT_DAYS * DAY_MS,
      to: to !== undefined ? end(to) : said !== null ? dayAround(said[1], tz).to : now,
    };
  }

  private async compare(
    claims: readonly Claim[],
    source: LiveSource,
    by: ReconcileQuery['by'],
    seen: Set<string>,
    answer: ReconcileAnswer,
  ): Promise<void> {
    if (claims.length === 0) return;
    const byTxid =
      by === 'cid'
        ? new Map<string, Row[]>()
        : grouped(
            await this.reads.rows<Row>({ text: BY_TXID, values: [claims.flatMap((c) => c.txid ?? []), source.id] }),
            (row) => row.txid ?? '',
          );
    const cids = by === 'txid' ? [] : claims.flatMap((c) => c.cid ?? []);
    const clicks = new Map(cids.map((cid) => [cid, cidToUuid(cid)]));
    if (cids.length > 0)
      for (const { cid, id } of await this.reads.rows<{ cid: string; id: string }>({ text: IMPORTED, values: [cids] })) clicks.set(cid, id);
    const byClick = grouped(
      await this.reads.rows<Row>({ text: BY_CLICK, values: [[...clicks.values()].filter((id) => id !== null), source.id] }),
      (row) => row.clickId,
    );
    const found = new Map<Claim, Row>();
    const find = (claim: Claim, candidates: readonly Row[], pick = pickNearest<Row>): void => {
      const ours = pick(
        claim,
        candidates.filter((row) => !seen.has(idOf(row))),
      );
      if (ours === null) return;
      seen.add(idOf(ours));
      found.set(claim, ours);
    };
    // Whoever is named by its txid is taken before a line that only names the click takes it.
    for (const claim of claims) if (claim.txid !== null) find(claim, byTxid.get(claim.txid) ?? []);
    // Of a click's several conversions a line takes the one that it agrees with, before any takes what is left.
    for (const pick of [pickSame<Row>, pickNearest<Row>])
      for (const claim of claims)
        if (!found.has(claim) && claim.cid !== null) find(claim, byClick.get(clicks.get(claim.cid) ?? '') ?? [], pick);
    const known = await this.clicksAmong(claims.filter((claim) => !found.has(claim)).map((claim) => clicks.get(claim.cid ?? '') ?? null));
    for (const claim of claims) {
      const ours = found.get(claim) ?? null;
      // Where a statement has no word, its money counts as that of a postback without one.
      if ((claim.meaning ?? source.defaultStatus) === 'approved' && claim.payout !== null)
        count(answer.theirTotals, claim.currency ?? ours?.currency ?? source.defaultCurrency ?? this.config.baseCurrency, claim.payout);
      if (ours === null) {
        // A line that says test or ping is no conversion that we miss.
        if (claim.meaning === 'ignored') continue;
        answer.missingCount += 1;
        list(answer.missing, 'missing', claim, null, known.has(clicks.get(claim.cid ?? '') ?? ''));
        continue;
      }
      if (ours.status === 'approved' && ours.payout !== null) count(answer.ourTotals, ours.currency ?? '', ours.payout);
      const kinds = differencesOf(claim, ours);
      if (kinds.length === 0) answer.matched += 1;
      for (const kind of kinds) {
        answer[`${kind}Count`] += 1;
        list(answer[kind], kind, claim, ours, true);
      }
    }
  }

  /** Which of these clicks are ours. */
  private async clicksAmong(ids: readonly (string | null)[]): Promise<ReadonlySet<string>> {
    const named = ids.filter((id) => id !== null);
    if (named.length === 0) return new Set();
    return new Set((await this.reads.rows<{ id: string }>({ text: FIND_CLICKS, values: bounded(named) })).map(({ id }) => id));
  }

  private async extra(
    source: LiveSource,
    { from, to }: { from: number; to: number },
    seen: ReadonlySet<string>,
    answer: ReconcileAnswer,
  ): Promise<void> {
    for (let after: ConversionEdge | undefined; ; ) {
      const ours = listConversions({ offerSourceId: [source.id], from, to, after }, PAGE);
      const { rows, edge } = await lookThrough<Row, ConversionEdge>(this.reads, ours, PAGE);
      for (const row of rows.slice(0, PAGE)) {
        if (seen.has(idOf(row))) continue;
        answer.extraCount += 1;
        if (row.status === 'approved' && row.payout !== null) count(answer.ourTotals, row.currency ?? '', row.payout);
        list(answer.extra, 'extra', null, row, true);
      }
      const last = rows.length > PAGE ? rows[PAGE - 1] : edge;
      if (last === null || last === undefined) return;
      after = last;
    }
  }
}

/** All differences as one CSV. */
export function differencesCsv({ missing, extra, differentStatus, differentAmount }: ReconcileAnswer): string {
  const columns: (keyof Difference)[] = [
    'kind',
    'line',
    'cid',
    'txid',
    'theirStatus',
    'ourStatus',
    'theirPayout',
    'ourPayout',
    'theirCurrency',
    'ourCurrency',
    'theirTime',
    'ourTime',
    'conversionId',
  ];
  return stringify([...missing, ...extra, ...differentStatus, ...differentAmount], { header: true, columns, escape_formulas: true });
}

const idOf = (row: Row): string => `${row.clickId}~${row.key}`;

function grouped(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

function count(totals: Record<string, string>, currency: string, amount: string): void {
  totals[currency] = add(totals[currency] ?? '0', amount);
}

function list(into: Difference[], kind: string, claim: Claim | null, ours: Row | null, isClickKnown: boolean): void {
  if (into.length >= MAX_LISTED) return;
  into.push({
    kind,
    line: claim?.line ?? null,
    cid: ours === null ? (claim?.cid ?? null) : cidToUuid(ours.cid) === null ? ours.cid : uuidToCid(ours.clickId),
    txid: ours?.txid ?? claim?.txid ?? null,
    theirStatus: claim?.status ?? null,
    theirMeaning: claim?.meaning ?? null,
    ourStatus: ours?.status ?? null,
    theirPayout: claim?.payout ?? null,
    ourPayout: ours?.payout ?? null,
    theirCurrency: claim?.currency ?? null,
    ourCurrency: ours?.currency ?? null,
    theirTime: claim === null || claim.at === null ? null : new Date(claim.at).toISOString(),
    ourTime: ours?.convertedAt ?? null,
    conversionId: ours === null ? null : conversionId(ours.clickId, ours.key),
    offerId: ours?.offerId ?? null,
    isClickKnown,
  });
}
