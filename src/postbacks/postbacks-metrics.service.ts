import { Injectable } from '@nestjs/common';
import { Counter, Histogram, register } from 'prom-client';
import type { InboxRow } from './drain.query.js';
import type { Result } from '../conversions/results.js';

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60];

/** The figures of ingestion, on prom-client's default registry. */
@Injectable()
export class PostbacksMetrics {
  readonly ack = histogram('cidra_postback_ack_seconds', 'From the arrival of a postback to its answer');
  private readonly apply = histogram('cidra_postback_apply_seconds', 'From the receipt of a postback to its committed verdict');
  readonly strangersKept = counter('cidra_strangers_kept_bytes_total', 'Bytes kept of postbacks whose click id nobody here has made', []);
  readonly results = counter('cidra_postback_results_total', 'Postbacks by result', ['result', 'reason']);

  /** After the commit of a drain. Times in milliseconds. */
  decided(results: readonly Result[], rows: readonly InboxRow[], now: number): void {
    const counts = new Map<Result, number>();
    for (const result of results) counts.set(result, (counts.get(result) ?? 0) + 1);
    for (const [result, count] of counts) this.results.inc({ result, reason: '' }, count);
    for (const row of rows) this.apply.observe(Math.max(0, now - row.receivedAt) / 1_000);
  }
}

// Tests boot several applications in one process; the registry is the process's.
function histogram(name: string, help: string): Histogram {
  return (register.getSingleMetric(name) as Histogram | undefined) ?? new Histogram({ name, help, buckets: SECONDS });
}
function counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
  return (register.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames });
}
