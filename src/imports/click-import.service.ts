import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { Problem } from '../http/problem.js';
import { Spool } from '../http/spool.js';
import { IdsService } from '../db/ids.service.js';
import { LOCK_UNMATCHED, RETURN_UNMATCHED } from '../postbacks/inbox-return.query.js';
import { cidToUuid, uuidAt, uuidTime, uuidToCid } from '../lib/ids.js';
import { LiveOffersService, type LiveOffer } from '../offers/live-offers.service.js';
import { PartitionsService } from '../db/partitions.service.js';
import { Waker } from '../queues/queues.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { ClicksService } from '../clicks/clicks.service.js';
import { INSERT_CLICKS_ONCE, type NewClick } from '../clicks/clicks.query.js';
import { ImportRunsService, type ImportRun } from './import-runs.service.js';
import { openFile, type FileOptions, type OpenFile } from './open-file.js';
import { partOf, PART_BYTES } from './parts.js';
import { CLICK_TABLE, readFlag, readRow, type ImportedClick } from './read-click.js';
import type { ClickImportAnswer } from './click-import.dto.js';
import * as sql from './click-import.query.js';

export interface ClickImportOptions extends FileOptions {
  commit: boolean;
  /** Whether a commit is answered when the file is stored. */
  waits: boolean;
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

/** Clicks from a file: read as it comes, stored in batches; postbacks that waited for these clicks are matched. */
@Injectable()
export class ClickImportService {
  private readonly waker: Waker;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @InjectQueue('ingest') ingest: Queue,
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
    private readonly offers: LiveOffersService,
    private readonly clicks: ClicksService,
    private readonly partitions: PartitionsService,
    private readonly runs: ImportRunsService,
  ) {
    this.waker = new Waker(ingest);
  }

  /** @throws Problem 400 for a file that cannot be read at all; rows that cannot be read are listed in the answer */
  async import(upload: Readable, options: ClickImportOptions): Promise<ClickImportAnswer> {
    if (options.offerId !== null && this.offers.byId(options.offerId) === null) throw Problem.notFound('offer', options.offerId);
    const spool = await Spool.of(upload);
    let keeps = false;
    try {
      const file = await openFile(spool.chunks, options, CLICK_TABLE, ['cid', 'createdAt'], 'createdAt');
      const answer: ClickImportAnswer = {
        ...file.how,
        notes: [...file.how.notes, ...this.absentNotes(file, options)],
        committed: options.commit,
        state: 'preview',
        jobId: null,
        total: 0,
        new: 0,
        existing: 0,
        matchedPostbacks: 0,
        errorCount: 0,
        errors: [],
        sample: [],
      };
      if (!options.commit) return await this.preview(file, Math.ceil(spool.size / PART_BYTES), options, answer);
      keeps = true;
      return await this.runs.run('clicks', file.lineCount, answer, options.waits, (run) =>
        this.commit(run, file, options, answer).finally(() => spool.close()),
      );
    } finally {
      if (!keeps) await spool.close();
    }
  }

  private async commit(run: ImportRun, file: OpenFile, options: ClickImportOptions, answer: ClickImportAnswer): Promise<ClickImportAnswer> {
    answer.jobId = run.id;
    answer.state = 'active';
    const months = new Set<string>();
    let batch: Row[] = [];
    // One batch is written while the next is read.
    let writing: Promise<void> = Promise.resolve();
    try {
      for await (const row of this.rows(file, options, answer)) {
        batch.push(row);
        if (batch.length < BATCH) continue;
        await run.progress(answer.total);
        await writing;
        writing = this.store(batch, months, answer);
        writing.catch(() => undefined);
        batch = [];
      }
    } finally {
      await writing;
    }
    await this.store(batch, months, answer);
    answer.state = 'done';
    await run.done(answer.total, answer);
    return answer;
  }

  /** Ids that stand twice are told apart from new ones in parts of the file, so that a long one is never held whole. */
  private async preview(file: OpenFile, parts: number, options: ClickImportOptions, answer: ClickImportAnswer): Promise<ClickImportAnswer> {
    for (let part = 0; part < parts; part++) {
      const seen = new Set<string>();
      let batch: Row[] = [];
      // Only the first reading counts lines and errors.
      for await (const row of this.rows(file, options, part === 0 ? answer : null)) {
        if (parts > 1 && partOf(row.click.cid, parts) !== part) continue;
        if (seen.has(row.click.cid)) answer.existing += 1;
        else batch.push(row);
        seen.add(row.click.cid);
        if (batch.length < BATCH) continue;
        await this.compare(batch, answer);
        batch = [];
      }
      await this.compare(batch, answer);
    }
    return answer;
  }

  /** The rows that can be stored; lines, errors and the first rows go into the answer. */
  private async *rows(file: OpenFile, options: ClickImportOptions, answer: ClickImportAnswer | null): AsyncGenerator<Row> {
    const offersByName = new Map([...this.offers.all()].map((offer) => [offer.name, offer]));
    const now = this.ids.now();
    for await (const rows of file.table.rows()) {
      for (const { line, values, error } of rows) {
        const read =
          values === null
            ? (error ?? 'the line cannot be read')
            : readRow(file.fields, values, file.time, now, this.config.baseCurrency, file.unit);
        const row = typeof read === 'string' ? read : this.rowOf(read, options, offersByName);
        if (answer !== null) answer.total += 1;
        if (typeof row !== 'string') {
          if (answer !== null && answer.sample.length < SAMPLE) answer.sample.push(shown(row));
          yield row;
        } else if (answer !== null) {
          answer.errorCount += 1;
          if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line, message: row });
        }
      }
    }
  }

  private absentNotes({ fields, unit }: OpenFile, { offerId }: ClickImportOptions): string[] {
    const notes: string[] = [];
    if (!fields.includes('offer')) {
      const offer = this.offers.byId(offerId ?? '');
      notes.push(
        offer === null ? 'No offer column: give offerId for all clicks.' : `No offer column: every click is of the offer ${offer.name}.`,
      );
    }
    if (!fields.includes('cost')) notes.push('No cost column: the clicks cost nothing.');
    else if (!fields.includes('costCurrency') && unit === null)
      notes.push('No currency column: costs without a sign are in the base currency.');
    return notes;
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

  /** Counts which of these are stored. */
  private async compare(batch: readonly Row[], answer: ClickImportAnswer): Promise<void> {
    if (batch.length === 0) return;
    const own = batch.filter((row) => row.foreign === null).map((row) => row.click.clickId);
    const foreign = batch.filter((row) => row.foreign !== null).map((row) => row.foreign);
    const known =
      (await this.pool.query(sql.FIND_CLICKS, bounds(own))).rows.length + (await this.pool.query(sql.FIND_FOREIGN, [foreign])).rows.length;
    answer.new += batch.length - known;
    answer.existing += known;
  }

  private async store(rows: readonly Row[], months: Set<string>, answer: ClickImportAnswer): Promise<void> {
    // Of one id that stands twice in the file the first counts.
    const batch = [...new Map(rows.toReversed().map((row) => [row.click.cid, row])).values()];
    if (batch.length === 0) return;
    const own = batch.filter((row) => row.foreign === null).map((row) => row.click.clickId);
    const foreign = batch.filter((row) => row.foreign !== null);
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
        if (news.length > 0)
          await client.query({ name: INSERT_CLICKS_ONCE.name, text: INSERT_CLICKS_ONCE.text, values: INSERT_CLICKS_ONCE.values(news) });
        await client.query(LOCK_UNMATCHED);
        const back = await client.query({
          ...RETURN_UNMATCHED,
          values: [batch.map(({ click }) => click.cid), uuidAt(this.ids.now() - UNMATCHED_DAYS * DAY_MS, 'min')],
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
