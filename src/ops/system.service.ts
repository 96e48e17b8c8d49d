import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { ReadsService } from '../db/reads.service.js';
import { ADMIN_POOL, DIRECT_URL } from '../db/tokens.js';
import { uuidTime } from '../lib/ids.js';
import { checkDatabase, checkNode, checkProcess, checkRedis, type Say } from './doctor.js';
import type { FindingAnswer, RetentionAnswer } from './system.dto.js';

/** The doctor opens connections of its own: whoever asks again within this time is told the same. */
const CACHED_MS = 5_000;
/** By the first entry of each partition's key. */
const OLDEST = `SELECT (SELECT click_id FROM clicks ORDER BY click_id LIMIT 1) AS click, (SELECT id FROM postbacks ORDER BY id LIMIT 1) AS postback`;

/** What somebody who runs the tracker wants to know of it. */
@Injectable()
export class SystemService {
  private cached: { findings: Promise<FindingAnswer[]>; until: number } | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(DIRECT_URL) private readonly directUrl: string,
    private readonly reads: ReadsService,
  ) {}

  /** The same as `npm run doctor` says, of this process. */
  doctor(): Promise<FindingAnswer[]> {
    const now = performance.now();
    if (this.cached === null || now >= this.cached.until) this.cached = { findings: this.examine(), until: now + CACHED_MS };
    return this.cached.findings;
  }

  private async examine(): Promise<FindingAnswer[]> {
    const findings: FindingAnswer[] = [];
    const say: Say = (level, what, detail) => void findings.push({ level, what, detail });
    checkNode(say);
    await checkProcess(say, this.config);
    await checkDatabase(say, this.config, this.pool, this.config.databaseUrl ?? this.directUrl);
    if (this.config.redisUrl !== null) await checkRedis(say, this.config.redisUrl);
    return findings;
  }

  async retention(): Promise<RetentionAnswer> {
    const { retentionClicksDays, retentionPostbacksDays, retentionStatisticsDays } = this.config;
    const [oldest] = await this.reads.rows<{ click: string | null; postback: string | null }>({ text: OLDEST, values: [] });
    const timeOf = (id: string | null | undefined): string | null => (id ? new Date(uuidTime(id)).toISOString() : null);
    return {
      clicksDays: retentionClicksDays,
      postbacksDays: retentionPostbacksDays,
      statisticsDays: retentionStatisticsDays,
      oldestClick: timeOf(oldest?.click),
      oldestPostback: timeOf(oldest?.postback),
    };
  }
}
