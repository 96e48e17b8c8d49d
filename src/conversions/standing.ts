import TinyQueue from 'tinyqueue';
import { statusKey } from '../offer-sources/status-word.js';
import type { ClickState, Conversion } from './conversion.js';

type Recent = ClickState['recent'][number];

/** Which conversions are asked for their latest. */
const KINDS = {
  any: () => true,
  approved: (c) => c.status === 'approved',
  pending: (c) => c.status === 'pending',
  withoutTxid: (c) => c.txid === null,
} as const satisfies Record<string, (conversion: Conversion) => boolean>;
export type Kind = keyof typeof KINDS;

const NOTHING_BEYOND: NonNullable<ClickState['beyond']> = { conversions: 0, withTxid: 0 };

/**
 * The conversions and waiting events of a click while its postbacks are applied one after the other. It is the only part of a
 * decision that changes; conversions themselves are never changed but replaced by another object. Each of its methods takes
 * the same time however many conversions the click has. What most clicks do not need is made when it is asked for: a batch
 * has hundreds of these.
 */
export class Standing {
  private events: ClickState['waiting'];
  private changed = false;
  private readonly byKey: Map<string, Conversion>;
  /** Keys made of a status word when its spaces and dashes still counted, by what they would be now. */
  private oldKeys: Map<string, string> | null = null;
  /** Conversions that took a txid after they were made under another key. */
  private byTxid: Map<string, Conversion> | null = null;
  private latestOf: Partial<Record<Kind, TinyQueue<Conversion>>> | null = null;
  private recent: Map<string, Recent[]> | null = null;
  /** Which conversion requests that are asked for later have concerned. */
  private followed: Map<string, string | null> | null = null;
  private readonly beyond: NonNullable<ClickState['beyond']>;
  private withTxid = 0;

  constructor(private readonly from: ClickState) {
    const { conversions, waiting, recent, beyond } = from;
    this.byKey = new Map();
    this.events = waiting;
    this.beyond = beyond ?? NOTHING_BEYOND;
    for (const c of conversions) {
      this.byKey.set(c.key, c);
      this.noteTxid(c);
      if (!c.key.startsWith('s:')) continue;
      const now = `s:${statusKey(c.key.slice(2))}`;
      if (now !== c.key) (this.oldKeys ??= new Map()).set(now, c.key);
    }
    for (const request of recent) this.noteRecent(request);
  }

  /** Events that came before the first conversion, and wait for it. */
  get waiting(): ClickState['waiting'] {
    return this.events;
  }

  set waiting(waiting: ClickState['waiting']) {
    this.events = waiting;
    this.changed = true;
  }

  get size(): number {
    return this.byKey.size + this.beyond.conversions;
  }

  /** The click's only conversion; null when it has none or several. */
  get only(): Conversion | null {
    return this.size === 1 ? (this.byKey.values().next().value ?? null) : null;
  }

  /** Whether any conversion has a txid. */
  get hasTxid(): boolean {
    return this.withTxid + this.beyond.withTxid > 0;
  }

  /** Whether any conversion has none. */
  get lacksTxid(): boolean {
    return this.size > this.withTxid + this.beyond.withTxid;
  }

  ofKey(key: string): Conversion | null {
    return this.byKey.get(key) ?? (this.oldKeys === null ? null : (this.byKey.get(this.oldKeys.get(key) ?? key) ?? null));
  }

  ofTxid(txid: string): Conversion | null {
    return this.byTxid?.get(txid) ?? this.ofKey(`t:${txid}`);
  }

  /** Requests that `ofRequest` will be asked for. */
  follow(postbackIds: readonly string[]): void {
    if (postbackIds.length > 0) this.followed = new Map(postbackIds.map((id) => [id, null]));
  }

  /** A request has been decided. */
  took(postbackId: string, key: string | null): void {
    if (this.followed?.has(postbackId) === true) this.followed.set(postbackId, key);
  }

  /** The conversion that a followed request concerned. */
  ofRequest(postbackId: string): Conversion | null {
    const key = this.followed?.get(postbackId) ?? null;
    return key === null ? null : this.ofKey(key);
  }

  /** The conversion of a kind that was made last; of two made in one millisecond the one touched last, so that the order of rows never matters. */
  latest(kind: Kind): Conversion | null {
    const fits = KINDS[kind];
    this.latestOf ??= {};
    const queue = (this.latestOf[kind] ??= new TinyQueue([...this.byKey.values()].filter(fits), newestFirst));
    for (let top = queue.peek(); top !== undefined; top = queue.peek()) {
      if (this.byKey.get(top.key) === top) return top;
      // It has been replaced since.
      queue.pop();
    }
    return null;
  }

  /** Takes a new conversion, or one in place of the one with its key. */
  put(conversion: Conversion): void {
    const before = this.byKey.get(conversion.key);
    if (before !== undefined && before.txid !== null) this.withTxid -= 1;
    this.byKey.set(conversion.key, conversion);
    this.changed = true;
    this.noteTxid(conversion);
    if (this.latestOf === null) return;
    for (const kind of Object.keys(this.latestOf) as Kind[]) if (KINDS[kind](conversion)) this.latestOf[kind]?.push(conversion);
  }

  /** The applied request of this hash that was received at most `windowMs` before or after. */
  repeated(hash: string, receivedAt: number, windowMs: number): Recent | null {
    return this.recent?.get(hash)?.find((r) => Math.abs(r.receivedAt - receivedAt) <= windowMs) ?? null;
  }

  remember(request: Recent): void {
    this.noteRecent(request);
    this.changed = true;
  }

  /** What stands now; the very object it began with while nothing has changed. */
  state(): ClickState {
    if (!this.changed) return this.from;
    const state: ClickState = {
      conversions: [...this.byKey.values()],
      waiting: this.events,
      recent: this.recent === null ? [] : [...this.recent.values()].flat(),
    };
    if (this.beyond.conversions !== 0) state.beyond = this.beyond;
    return state;
  }

  private noteRecent(request: Recent): void {
    this.recent ??= new Map();
    const same = this.recent.get(request.hash);
    if (same === undefined) this.recent.set(request.hash, [request]);
    else same.push(request);
  }

  private noteTxid(conversion: Conversion): void {
    if (conversion.txid === null) return;
    this.withTxid += 1;
    if (conversion.key === `t:${conversion.txid}`) return;
    (this.byTxid ??= new Map()).set(conversion.txid, conversion);
  }
}

function newestFirst(a: Conversion, b: Conversion): number {
  return b.convertedAt - a.convertedAt || b.lastAt - a.lastAt || b.lastSeq - a.lastSeq;
}
