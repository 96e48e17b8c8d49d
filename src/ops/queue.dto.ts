/** A queue of background work. */
export class QueueAnswer {
  /** @example "ingest" */
  name!: string;
  paused!: boolean;
  /** @example 0 */
  waiting!: number;
  /** @example 1 */
  active!: number;
  /** @example 1 */
  delayed!: number;
  /** @example 0 */
  failed!: number;
  /**
   * Age of the oldest waiting job, 0 when none waits
   * @example 0.4
   */
  oldestAgeSeconds!: number;
}

export class QueueList {
  data!: QueueAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}
