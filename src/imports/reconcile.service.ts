import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { Problem } from '../http/problem.js';
import { utcMs } from '../http/page.js';
import { IdsService } from '../db/ids.service.js';
import { cidToUuid, uuidToCid } from '../lib/ids.js';
import { add } from '../lib/money.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { ReadsService } from '../db/reads.service.js';
import { linesOf } from './conversion-import.service.js';
import type { Difference, ReconcileAnswer, ReconcileQuery } from './conversion-import.dto.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { differencesOf, pick, type Claim, type Ours } from './reconcile.js';

const BATCH = 500;
const MAX_LISTED = 1_000;
const MAX_ERRORS = 100;
const PAGE = 2_000;
const DEFAULT_DAYS = 31;
const DAY_MS = 86_400_000;

type Row = Ours & { clickId: string; key: string };

const COLUMNS = `click_id AS "clickId", key, cid, txid, status, trim_scale(payout)::text AS payout, currency`;
const BY_TXID = `SELECT ${COLUMNS} FROM conversions WHERE txid = ANY($1::text[]) AND offer_source_id = $2`;
const BY_CLICK = `SELECT ${COLUMNS} FROM conversions WHERE click_id = ANY($1::uuid[]) AND offer_source_id = $2`;
const IMPORTED = 'SELECT imported_cid AS cid, click_id AS id FROM imported_cids WHERE imported_cid = ANY($1::text[])';
const IN_RANGE = `SELECT ${COLUMNS} FROM conversions WHERE offer_source_id = $1 AND converted_at >= $2 AND converted_at < $3 AND (click_id, key) > ($4::uuid, $5::text) ORDER BY click_id, key LIMIT ${PAGE}`;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** A network's statement against our conversions. Writes nothing. */
@Injectable()
export class ReconcileService {
  constructor(
    private readonly reads: ReadsService,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly meanings: MeaningsService,
  ) {}

  /** @throws Problem 400 for a file that cannot be read, 404 for an unknown source */
  async reconcile(
    file: Readable,
    { offerSourceId, from, to, by }: ReconcileQuery,
    columns: Readonly<Record<string, string>>,
  ): Promise<ReconcileAnswer> {
    const source = this.sources.byId(offerSourceId);
    if (source === null) throw Problem.notFound('offer source', offerSourceId);
    const answer: ReconcileAnswer = {
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
      errors: [],
    };
    const seen = new Set<string>();
    let batch: Claim[] = [];
    for await (const { line, query } of linesOf(file, 'csv', columns)) {
      answer.total += 1;
      const { values, warnings } = parsePostback({ query: query ?? '', contentType: null, body: null }, source.parameterAliases);
      const cid = values.cid === null ? null : values.cid;
      const isFound = by === 'txid' ? values.txid !== null : by === 'cid' ? cid !== null : values.txid !== null || cid !== null;
      if (!isFound || warnings.includes('bad_payout')) {
        if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line, message: isFound ? 'bad_payout' : `no ${by ?? 'txid or cid'}` });
        continue;
      }
      const meaning = values.status === null ? null : this.meanings.of(values.status, source).meaning;
      batch.push({ line, cid, txid: values.txid, status: values.status, meaning, payout: values.payout, currency: values.currency });
      if (batch.length === BATCH) {
        await this.compare(batch, offerSourceId, by, seen, answer);
        batch = [];
      }
    }
    await this.compare(batch, offerSourceId, by, seen, answer);
    const now = this.ids.now();
    await this.extra(
      offerSourceId,
      new Date(utcMs(from) ?? now - DEFAULT_DAYS * DAY_MS).toISOString(),
      new Date(utcMs(to) ?? now).toISOString(),
      seen,
      answer,
    );
    return answer;
  }

  private async compare(
    claims: readonly Claim[],
    offerSourceId: string,
    by: 'txid' | 'cid' | undefined,
    seen: Set<string>,
    answer: ReconcileAnswer,
  ): Promise<void> {
    if (claims.length === 0) return;
    const byTxid =
      by === 'cid'
        ? new Map<string, Row[]>()
        : grouped(
            await this.reads.rows<Row>({ text: BY_TXID, values: [claims.flatMap((c) => c.txid ?? []), offerSourceId] }),
            (row) => row.txid ?? '',
          );
    const cids = by === 'txid' ? [] : claims.flatMap((c) => c.cid ?? []);
    const clicks = new Map(cids.map((cid) => [cid, cidToUuid(cid)]));
    if (cids.length > 0)
      for (const { cid, id } of await this.reads.rows<{ cid: string; id: string }>({ text: IMPORTED, values: [cids] })) clicks.set(cid, id);
    const byClick = grouped(
      await this.reads.rows<Row>({ text: BY_CLICK, values: [[...clicks.values()].filter((id) => id !== null), offerSourceId] }),
      (row) => row.clickId,
    );
    for (const claim of claims) {
      const candidates = [
        ...(byTxid.get(claim.txid ?? '') ?? []),
        ...(claim.cid === null ? [] : (byClick.get(clicks.get(claim.cid) ?? '') ?? [])),
      ];
      const ours = pick(
        claim,
        candidates.filter((row) => !seen.has(idOf(row))),
      ) as Row | null;
      if (claim.meaning === 'approved' && claim.payout !== null)
        count(answer.theirTotals, claim.currency ?? ours?.currency ?? '', claim.payout);
      if (ours === null) {
        answer.missingCount += 1;
        list(answer.missing, 'missing', claim, null);
        continue;
      }
      seen.add(idOf(ours));
      if (ours.status === 'approved' && ours.payout !== null) count(answer.ourTotals, ours.currency ?? '', ours.payout);
      const kinds = differencesOf(claim, ours);
      if (kinds.length === 0) answer.matched += 1;
      for (const kind of kinds) {
        answer[`${kind}Count`] += 1;
        list(answer[kind], kind, claim, ours);
      }
    }
  }

  private async extra(offerSourceId: string, from: string, to: string, seen: ReadonlySet<string>, answer: ReconcileAnswer): Promise<void> {
    for (let last = [FIRST, '']; ; ) {
      const rows = await this.reads.rows<Row>({ text: IN_RANGE, values: [offerSourceId, from, to, ...last] });
      for (const row of rows) {
        if (seen.has(idOf(row))) continue;
        answer.extraCount += 1;
        if (row.status === 'approved' && row.payout !== null) count(answer.ourTotals, row.currency ?? '', row.payout);
        list(answer.extra, 'extra', null, row);
      }
      const end = rows.at(-1);
      if (end === undefined || rows.length < PAGE) return;
      last = [end.clickId, end.key];
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

function list(into: Difference[], kind: string, claim: Claim | null, ours: Row | null): void {
  if (into.length >= MAX_LISTED) return;
  into.push({
    kind,
    line: claim?.line ?? null,
    cid: ours === null ? (claim?.cid ?? null) : cidToUuid(ours.cid) === null ? ours.cid : uuidToCid(ours.clickId),
    txid: ours?.txid ?? claim?.txid ?? null,
    theirStatus: claim?.status ?? null,
    ourStatus: ours?.status ?? null,
    theirPayout: claim?.payout ?? null,
    ourPayout: ours?.payout ?? null,
    theirCurrency: claim?.currency ?? null,
    ourCurrency: ours?.currency ?? null,
  });
}
