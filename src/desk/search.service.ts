import { Injectable } from '@nestjs/common';
import { clickIdOf } from '../clicks/click-log.query.js';
import { conversionId } from '../conversions/conversion-id.js';
import { ReadsService } from '../db/reads.service.js';
import { uuidToCid } from '../lib/ids.js';
import { inAnyCase } from '../lib/sql.js';
import type { Found } from './search.dto.js';

const MOST = 10;
/** $1 the text in any case (sql.ts), $2 the same in small letters. */
const NAMED = (table: string, also: string): string =>
  `SELECT id, name FROM ${table} WHERE name ~ $1 OR id::text = $2 ${also} ORDER BY regexp_instr(name, $1), lower(name), id LIMIT ${MOST}`;
const OFFERS = NAMED('offers', 'OR key = $2');
const SOURCES = NAMED('offer_sources', '');
const CONVERSIONS = `
  SELECT click_id AS "clickId", key, cid, txid, network_conversion_id AS "networkId" FROM conversions WHERE txid = $1
  UNION SELECT click_id, key, cid, txid, network_conversion_id FROM conversions WHERE network_conversion_id = $1 LIMIT ${MOST}`;

/** The search of the web page, for ids and names. Every statement uses an index or reads a short table. */
@Injectable()
export class SearchService {
  constructor(private readonly reads: ReadsService) {}

  async find(q: string): Promise<Found[]> {
    const text = q.trim();
    if (text === '') return [];
    const named = [inAnyCase(text), text.toLowerCase()];
    const click = await this.click(text);
    const conversions = await this.reads.rows<{ clickId: string; key: string; txid: string | null; networkId: string | null }>({
      text: CONVERSIONS,
      values: [text],
    });
    const offers = await this.reads.rows<{ id: string; name: string }>({ text: OFFERS, values: named });
    const sources = await this.reads.rows<{ id: string; name: string }>({ text: SOURCES, values: named });
    return [
      ...click,
      ...conversions.map(({ clickId, key, txid, networkId }): Found => {
        const id = conversionId(clickId, key);
        return {
          kind: 'conversion',
          id,
          label: (txid === text ? txid : networkId) ?? id,
          href: `/app/conversions/${encodeURIComponent(id)}`,
        };
      }),
      ...offers.map(({ id, name }): Found => ({ kind: 'offer', id, label: name, href: `/app/offers/${id}` })),
      ...sources.map(({ id, name }): Found => ({ kind: 'offer_source', id, label: name, href: `/app/offer-sources/${id}` })),
    ];
  }

  private async click(text: string): Promise<Found[]> {
    const clickId = await clickIdOf(this.reads, text);
    if (clickId === null || clickId === undefined) return [];
    const [row] = await this.reads.rows<{ found: boolean }>({
      text: 'SELECT EXISTS (SELECT FROM clicks WHERE click_id = $1) OR EXISTS (SELECT FROM conversions WHERE click_id = $1) AS found',
      values: [clickId],
    });
    const cid = uuidToCid(clickId);
    return row?.found === true ? [{ kind: 'click', id: cid, label: text, href: `/app/clicks/${cid}` }] : [];
  }
}
