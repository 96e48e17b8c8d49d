import { Inject, Injectable, Logger } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { CONFIG, type Config } from '../config.js';
import { NoticesService } from '../db/notices.service.js';
import { parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';

/** A stranger may send the header, too; a proxy sends it always. */
const OFTEN = 50;
/** Far more than a tracker has proxies. */
const MOST_PEERS = 1_000;

/**
 * Notices a proxy in front that TRUST_PROXY does not name: every visitor would then have its address, and allow-lists of
 * sources would see it instead of the network's.
 */
@Injectable()
export class ForwardedService {
  private readonly log = new Logger(ForwardedService.name);
  private readonly trusted: IpRanges;
  /** Requests with the header by peer; Infinity: the peer is trusted, or the warning was given. */
  private readonly seen = new Map<string, number>();

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly notices: NoticesService,
  ) {
    this.trusted = parseIpRanges(config.trustProxy).ranges;
  }

  /** Of each request that has X-Forwarded-For. */
  see(peer: string | undefined): void {
    if (peer === undefined) return;
    const before = this.seen.get(peer) ?? 0;
    if (before === Infinity || (before === 0 && this.seen.size >= MOST_PEERS)) return;
    if (this.trusted.contains(peer)) return void this.seen.set(peer, Infinity);
    // Whatever speaks to us from a private address and forwards others' is a proxy.
    const isNear = ipaddr.isValid(peer) && ipaddr.process(peer).range() !== 'unicast';
    if (!isNear && before + 1 < OFTEN) return void this.seen.set(peer, before + 1);
    this.seen.set(peer, Infinity);
    const address = ipaddr.process(peer).toString();
    this.log.warn(
      `Requests come from ${address} with X-Forwarded-For, which counts only from proxies that TRUST_PROXY names: until then every visitor has the address ${address}. If that is your proxy, set TRUST_PROXY=${address} (or its range) and start again.`,
    );
    void this.notices.note('proxy_untrusted', { peer: address }).catch(() => this.seen.delete(peer));
  }
}
