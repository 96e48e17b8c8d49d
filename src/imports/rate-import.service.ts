import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { IdsService } from '../db/ids.service.js';
import { Problem } from '../http/problem.js';
import { Spool } from '../http/spool.js';
import type { RateRow } from '../rates/rate-table.js';
import { RatesService } from '../rates/rates.service.js';
import { openFile, type FileOptions } from './open-file.js';
import type { RateImportAnswer } from './rate-import.dto.js';
import { RATE_FIELDS, RATE_TABLE, readRate } from './read-rate.js';

const MAX_ERRORS = 100;
/** All rates are held in memory in any case. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Rates from a file. */
@Injectable()
export class RateImportService {
  constructor(
    private readonly ids: IdsService,
    private readonly rates: RatesService,
  ) {}

  /** @throws Problem 400 for a file that cannot be read, 413 above 16 MiB; lines that cannot be read are listed in the answer */
  async import(upload: Readable, commit: boolean, options: FileOptions): Promise<RateImportAnswer> {
    const spool = await Spool.of(upload);
    try {
      if (spool.size > MAX_FILE_BYTES) throw new Problem(413, 'too_large', 'A file of rates may have 16 MiB.');
      const { table, fields, time, how } = await openFile(spool.chunks, options, RATE_TABLE, RATE_FIELDS, 'day');
      const today = new Date(this.ids.now()).toISOString().slice(0, 10);
      const rates: RateRow[] = [];
      const answer: RateImportAnswer = { ...how, committed: commit, rates: 0, errorCount: 0, errors: [] };
      const seen = new Set<string>();
      for await (const rows of table.rows()) {
        for (const { line, values, error } of rows) {
          const read = values === null ? (error ?? 'the line cannot be read') : readRate(fields, values, time, today, seen);
          const wrong = typeof read === 'string' ? read : this.rates.wrongIn(read);
          if (typeof read !== 'string' && wrong === null) rates.push(read);
          else {
            answer.errorCount += 1;
            if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line, message: wrong as string });
          }
        }
      }
      answer.rates = rates.length;
      if (commit && rates.length > 0) await this.rates.store(rates);
      return answer;
    } finally {
      await spool.close();
    }
  }
}
