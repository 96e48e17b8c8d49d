import { Injectable } from '@nestjs/common';
import { IdsService } from '../db/ids.service.js';
import type { Queryable } from '../queues/jobs.service.js';

/** A change, and who asked for it. */
export interface AuditEntry {
  /** Name of the person or the API key, `job`, or `script NAME`. */
  actor: string;
  /** Method and route of the admin API, or a word such as `clicks.erase`. */
  action: string;
  /** What was changed, such as an id. */
  subject: string | null;
  /** Small, and without secrets. */
  details: Record<string, unknown>;
}

/** Writes the audit log. */
@Injectable()
export class AuditService {
  constructor(private readonly ids: IdsService) {}

  /** In the transaction of `db` when it is in one. */
  async record(db: Queryable, { actor, action, subject, details }: AuditEntry): Promise<void> {
    await db.query('INSERT INTO audit_log (id, at, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5, $6)', [
      this.ids.next(),
      new Date(this.ids.now()).toISOString(),
      actor,
      action,
      subject,
      JSON.stringify(details),
    ]);
  }
}
