import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { ChangesService } from '../db/changes.service.js';

/** Changes to offer sources and offers, which every process holds in memory. */
@Injectable()
export class CatalogService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly changes: ChangesService,
  ) {}

  /** For reading. */
  get db(): EntityManager {
    return this.dataSource.manager;
  }

  /** Changes in one transaction and tells every process; this one knows before the promise resolves. */
  async change<T>(work: (db: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.dataSource.transaction(async (db) => {
      const done = await work(db);
      await ChangesService.announce(db, 'catalog');
      return done;
    });
    // The change is made, whatever becomes of this: the next poll tries again.
    await this.changes.refresh().catch(() => undefined);
    return result;
  }
}
