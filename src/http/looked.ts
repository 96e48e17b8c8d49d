import type { ReadsService } from '../db/reads.service.js';

/** Pages of filtered lists look through so many rows and no more: what fits may be rare, and nobody's page reads a whole log for it. */

/** What a page looks through at most where rows lie in the order of the list: about a tenth of a second. */
export const LOOKED = 50_000;
/** The same where each may lie elsewhere. */
export const LOOKED_APART = 10_000;

interface Statement {
  text: string;
  values: unknown[];
}

/** A list of what fits among the newest rows of an index. */
export interface Look {
  page: Statement;
  /** Finds the last row that is looked at, if there are so many; null where whatever is looked at fits. */
  edge: Statement | null;
}

/** What was found, one row more than asked for if there is one; else `edge`, the row at which looking ended, null when there was no other. */
export async function lookThrough<Row extends object, Edge extends object>(
  reads: ReadsService,
  { page, edge }: Look,
  limit: number,
): Promise<{ rows: Row[]; edge: Edge | null }> {
  if (edge === null) return { rows: await reads.rows<Row>(page), edge: null };
  return reads.snapshot(async (ask) => {
    const rows = await ask<Row>(page);
    const [last] = rows.length > limit ? [] : await ask<Edge>(edge);
    return { rows, edge: last ?? null };
  });
}
