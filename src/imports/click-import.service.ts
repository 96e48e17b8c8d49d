import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { CsvError, parse } from 'csv-parse';
import type pg from 'pg';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { RETURN_UNMATCHED } from '../postbacks/inbox-return.query.js';
import { cidToUuid, uuidAt, uuidTime, uuidToCid } from '../lib/ids.js';
import { LiveOffersService, type LiveOffer } from '../offers/live-offers.service.js';
import { PartitionsService } from '../db/partitions.service.js';
import { Waker } from '../queues/queues.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { ClicksService } from '../clicks/clicks.service.js';
import { INSERT_CLICKS_ONCE, type NewClick } from '../clicks/clicks.query.js';
import { fieldsOf, readFlag, readRow, type ImportedClick, type ImportField } from './read-click.js';
import type { ClickImportAnswer } from './click-import.dto.js';
import * as sql from './click-import.query.js';

export interface ClickImportOptions {
  commit: boolean;
  /** Their header → our field. */
  columns: Readonly<Record<string, string>>;
  utcOffset: string;
  /** Of rows that name none. */
  offerId: string | null;
}

/** A row ready to be stored; `foreign` is the id it came with when that is not one of ours. */
interface Row {
  click: NewClick;
  foreign: string | null;
}

const BATCH = 2_000;
const MAX_ERRORS = 100;
const SAMPLE = 10;
const RACE_ATTEMPTS = 5;
/** Postbacks without a click are kept so long. */
const UNMATCHED_DAYS = 90;
const DAY_MS = 86_400_000;
const ID_DIGITS = 19;

/** Clicks from a file (spec, api.md `/clicks/import`): read as it comes, stored in batches, and postbacks that waited for them matched. */
@Injectable()
export class ClickImportService {
  private readonly waker: Waker;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @InjectQueue('ingest') ingest: Queue,
    private readonly ids: IdsService,
    private readonly offers: LiveOffersService,
    private readonly clicks: ClicksService,
    private readonly partitions: PartitionsService,
  ) {
    this.waker = new Waker(ingest);
  }

  /** @throws Problem 400 for a file that cannot be read at all; rows that cannot are told one by one */
  async import(file: Readable, options: ClickImportOptions): Promise<ClickImportAnswer> {
    const answer: ClickImportAnswer = {
      committed: options.commit,
      total: 0,
      new: 0,
      existing: 0,
      matchedPostbacks: 0,
      errorCount: 0,
      errors: [],
      ignoredColumns: [],
      sample: [],
    };
    const offersByName = new Map([...this.offers.all()].map((offer) => [offer.name, offer]));
    const now = this.ids.now();
    let fields: (ImportField | null)[] | null = null;
    let batch: Row[] = [];
    const months = new Set<string>();
    // One batch is written while the next is read.
    let writing: Promise<void> = Promise.resolve();
    try {
      const rows = file.pipe(parse({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true, max_record_size: 65_536 }));
      file.on('error', (error) => rows.destroy(error));
      for await (const { info, record } of rows as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
        if (fields === null) {
          fields = fieldsOf(record, options.columns);
          answer.ignoredColumns = record.filter((_, i) => fields?.[i] === null);
          const missing = ['cid', 'createdAt'].filter((name) => !fields?.includes(name as ImportField));
          if (missing.length > 0)
            throw new Problem(
              400,
              'invalid',
              `The file has no column for ${missing.join(' and ')}. Its first line must name the columns; map others by columns={"Their Header":"cid"}.`,
            );
          continue;
        }
        answer.total += 1;
        const read = readRow(fields, record, options.utcOffset, now);
        const row = typeof read === 'string' ? read : this.rowOf(read, options, offersByName);
        if (typeof row === 'string') {
          answer.errorCount += 1;
          if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line: info.lines, message: row });
          continue;
        }
        if (answer.sample.length < SAMPLE) answer.sample.push(shown(row));
        batch.push(row);
        if (batch.length === BATCH) {
          await writing;
          writing = this.flush(batch, options.commit, months, answer);
          writing.catch(() => undefined);
          batch = [];
        }
      }
      await writing;
    } catch (error) {
      await writing;
      if (!(error instanceof CsvError)) throw error;
      throw new Problem(
        400,
        'invalid',
        `The file is no CSV: ${(error as Error).message}${answer.new > 0 && options.commit ? ` ${answer.new} clicks before that are stored; importing the corrected file leaves them alone.` : ''}`,
      );
    }
    if (fields === null) throw new Problem(400, 'invalid', 'The file is empty. Its first line must name the columns.');
    await this.flush(batch, options.commit, months, answer);
    return answer;
  }

  private rowOf(
    { cid, createdAt, values }: ImportedClick,
    { offerId }: ClickImportOptions,
    byName: ReadonlyMap<string, LiveOffer>,
  ): Row | string {
    const wanted = values.offer;
    const offer =
      wanted === undefined
        ? this.offers.byId(offerId ?? '')
        : (this.offers.byId(wanted.toLowerCase()) ?? this.offers.byKey(wanted) ?? byName.get(wanted) ?? this.offers.byId(offerId ?? ''));
    if (offer === null)
      return wanted === undefined
        ? 'no offer: name one in the column offer, or give offerId for all'
        : `there is no offer with the id, key or name "${wanted.slice(0, 80)}"`;
    const own = cidToUuid(cid);
    const isOwn = own !== null && Math.abs(uuidTime(own) - createdAt) < DAY_MS;
    const clickId = isOwn ? own : idAt(createdAt);
    const query = Object.fromEntries(Object.entries(values).filter(([name]) => /^(?:sub\d+|source|keyword|cost)$/.test(name)));
    const click = this.clicks.importedRow({
      clickId,
      cid: isOwn ? uuidToCid(own) : cid,
      offer,
      ip: values.ip ?? null,
      query: { ...query, externalid: values.externalId, cost_currency: values.costCurrency },
      headers: { 'user-agent': values.userAgent, referer: values.referrer, 'accept-language': values.language },
    });
    click.country = values.country ?? click.country;
    click.region = values.region ?? click.region;
    click.city = values.city ?? click.city;
    click.isp = values.isp ?? click.isp;
    click.device = values.device?.toLowerCase() ?? click.device;
    click.os = values.os ?? click.os;
    click.browser = values.browser ?? click.browser;
    // Without a user agent only a column can say that it was a robot.
    const bot = readFlag(values.bot);
    click.bot = bot === true ? 'imported' : bot === false || values.userAgent === undefined ? null : click.bot;
    const unique = readFlag(values.unique);
    if (unique !== null) click.visitor = unique ? clickId : null;
    else if (values.ip === undefined && values.userAgent === undefined) click.visitor = null;
    if (click.bot !== null) click.visitor = null;
    return { click, foreign: isOwn ? null : cid };
  }

  private async flush(rows: Row[], commit: boolean, months: Set<string>, answer: ClickImportAnswer): Promise<void> {
    // Of one id that stands twice in the file the first counts.
    const batch = [...new Map(rows.toReversed().map((row) => [row.click.cid, row])).values()];
    if (batch.length === 0) return;
    const own = batch.filter((row) => row.foreign === null).map((row) => row.click.clickId);
    const foreign = batch.filter((row) => row.foreign !== null);
    if (!commit) {
      const known =
        (await this.pool.query(sql.FIND_CLICKS, bounds(own))).rows.length +
        (await this.pool.query(sql.FIND_FOREIGN, [foreign.map((row) => row.foreign)])).rows.length;
      answer.new += batch.length - known;
      answer.existing += known + rows.length - batch.length;
      return;
    }
    await this.ensurePartitions(batch, months);
    const { fresh, matched } = await inTransaction(
      this.pool,
      async (client) => {
        const known = new Set((await client.query<{ id: string }>(sql.FIND_CLICKS, bounds(own))).rows.map((r) => r.id));
        const kept = new Set(
          (
            await client.query<{ cid: string }>(sql.KEEP_FOREIGN, [
              foreign.map((row) => row.foreign),
              foreign.map((row) => row.click.clickId),
            ])
          ).rows.map((r) => r.cid),
        );
        const news = batch
          .filter(({ click, foreign: cid }) => (cid === null ? !known.has(click.clickId) : kept.has(cid)))
          .map((row) => row.click);
        if (news.length === 0) return { fresh: 0, matched: 0 };
        await client.query({ name: INSERT_CLICKS_ONCE.name, text: INSERT_CLICKS_ONCE.text, values: INSERT_CLICKS_ONCE.values(news) });
        const back = await client.query({
          ...RETURN_UNMATCHED,
          values: [news.map((click) => click.cid), uuidAt(this.ids.now() - UNMATCHED_DAYS * DAY_MS, 'min')],
        });
        return { fresh: news.length, matched: back.rowCount ?? 0 };
      },
      RACE_ATTEMPTS,
    );
    answer.new += fresh;
    answer.existing += rows.length - fresh;
    answer.matchedPostbacks += matched;
    this.waker.wake();
  }

  private async ensurePartitions(batch: readonly Row[], months: Set<string>): Promise<void> {
    for (const {
      click: { createdAt, day },
    } of batch) {
      const month = day.slice(0, 7);
      if (months.has(month)) continue;
      await this.partitions.ensure('clicks', createdAt, createdAt);
      months.add(month);
    }
  }
}

/** Random hex digits, fetched for many ids at a time. */
let pool = '';

/** A fresh UUIDv7 of that time. */
function idAt(ms: number): string {
  const time = uuidAt(ms, 'min').slice(0, 14);
  if (pool.length < ID_DIGITS) pool = randomBytes(4_096).toString('hex');
  const random = pool.slice(0, ID_DIGITS);
  pool = pool.slice(ID_DIGITS);
  const variant = ((Number.parseInt(random.slice(0, 1), 16) & 3) | 8).toString(16);
  return `${time}7${random.slice(1, 4)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

function bounds(ids: string[]): [string[], string | null, string | null] {
  const sorted = ids.toSorted();
  return [ids, sorted[0] ?? null, sorted.at(-1) ?? null];
}

function shown({ click, foreign }: Row): Record<string, unknown> {
  const { clickId, createdAt, subs, day: _day, visitor: _visitor, cid, ...rest } = click;
  const facts = Object.fromEntries(Object.entries({ ...rest, ...subs }).filter(([, value]) => value !== null));
  return {
    cid: foreign === null ? cid : uuidToCid(clickId),
    ...(foreign === null ? {} : { importedCid: foreign }),
    createdAt: new Date(createdAt).toISOString(),
    ...facts,
  };
}
