import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { createIdMark, type IdMark } from '../lib/id-mark.js';
import { cidToUuid, uuidTime } from '../lib/ids.js';

const LOOK_MS = 60_000;

/** Makes click ids, and tells without a look-up in the database whether this tracker has made an id. */
@Injectable()
export class ClickIdsService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(ClickIdsService.name);
  private readonly marks: IdMark;
  private markedSince = Number.POSITIVE_INFINITY;
  /** Imported clicks keep the ids of other trackers, which can be any text. */
  private foreign = true;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
  ) {
    this.marks = createIdMark(config.secretKey);
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look().catch((error: Error) => this.log.warn(error.message)), LOOK_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  next(): string {
    return this.marks.mark(this.ids.next());
  }

  /** Whether a cid certainly names no click: none we made, and none that was imported. */
  isMadeUp(cid: string): boolean {
    if (this.foreign) return false;
    const uuid = cidToUuid(cid);
    return uuid === null || (uuidTime(uuid) >= this.markedSince && !this.marks.isMarked(uuid));
  }

  private async look(): Promise<void> {
    const { rows } = await this.pool.query<{ since: Date | null; foreign: boolean }>(
      'SELECT (SELECT since FROM click_id_marks) AS since, EXISTS (SELECT 1 FROM imported_cids) AS foreign',
    );
    this.markedSince = rows[0]?.since?.getTime() ?? Number.POSITIVE_INFINITY;
    this.foreign = rows[0]?.foreign ?? true;
  }
}
