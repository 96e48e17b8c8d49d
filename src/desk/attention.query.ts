import { decimal, iso } from '../lib/sql.js';

/** What the page's Attention counts: each statement goes by an index and reads a bounded number of rows. */

const MOST = 20_000;
/** From this many conversions of one click on, the network has sent all sales to it. */
const ONE_CLICK = 1_000;
const DAYS = 14;
const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** Refusals of the last hour against those of an hour before it; unknown tokens apart, whoever sends them is no network of ours. $1 the oldest id looked at, $2 the first of the last hour. */
export const REFUSALS = `
  SELECT count(*) FILTER (WHERE id >= $2 AND reason <> 'bad_token')::int AS recent, count(*) FILTER (WHERE id < $2 AND reason <> 'bad_token')::int AS before,
    count(*) FILTER (WHERE reason = 'bad_token')::int AS strangers, ${iso(`min(received_at) FILTER (WHERE reason = 'bad_token')`)} AS "strangersSince",
    ${iso(`min(received_at) FILTER (WHERE id >= $2 AND reason <> 'bad_token')`)} AS since
  FROM (SELECT id, reason, received_at FROM postbacks WHERE id >= $1 AND result IN ('rejected', 'click_not_found') AND result = 'rejected'
    ORDER BY id DESC LIMIT ${MOST}) AS p`;

/** Dead letters that nobody has set aside. $1 the oldest id looked at. */
export const DEAD = `
  SELECT count(*)::int AS count, ${iso('min(received_at)')} AS since
  FROM (SELECT received_at FROM postbacks WHERE id >= $1 AND result = 'failed' AND ignored IS NULL ORDER BY id DESC LIMIT ${MOST}) AS p`;

/** Of the newest conversions: money without a rate, by currency. */
export const WITHOUT_RATE = `
  SELECT currency, count(*)::int AS count, ${decimal('sum(payout)')} AS money, ${iso('min(converted_at)')} AS since
  FROM (SELECT currency, payout, payout_base, converted_at FROM conversions ORDER BY converted_at DESC LIMIT ${MOST}) AS c
  WHERE payout IS NOT NULL AND payout_base IS NULL GROUP BY 1`;

/** Clicks that all sales are sent to. A click with some of the newest is counted whole. */
export const ONE_CLICK_FOR_ALL = `
  SELECT "clickId", "offerSourceId", count, money, since FROM (
    SELECT c.click_id::text AS "clickId", c.offer_source_id AS "offerSourceId", c.since, k.count, k.money
    FROM (
      SELECT click_id, min(offer_source_id::text)::uuid AS offer_source_id, ${iso('min(converted_at)')} AS since
      FROM (SELECT click_id, offer_source_id, converted_at FROM conversions ORDER BY converted_at DESC LIMIT ${MOST}) AS newest
      GROUP BY click_id HAVING count(*) >= ${ONE_CLICK / 20}
    ) AS c, LATERAL (SELECT count(*)::int AS count, ${decimal('sum(payout_base)')} AS money FROM conversions WHERE click_id = c.click_id) AS k
  ) AS n WHERE count > ${ONE_CLICK} ORDER BY count DESC LIMIT 100`;

/** When each source's conversions came lately: hours with any, the first and the last of them. */
export const HEARTBEATS = `
  SELECT offer_source_id AS "offerSourceId", count(DISTINCT hour)::int AS hours, (extract(epoch FROM min(hour)) * 1000)::float8 AS first, (extract(epoch FROM max(hour)) * 1000)::float8 AS last
  FROM counters_hourly WHERE axis = 'conversion' AND hour >= now() - interval '${DAYS} days' AND conversions > 0 AND offer_source_id <> ${NIL} GROUP BY 1`;

/** Sources among the newest requests, though their conversions have stopped. $1 the oldest id looked at. */
export const HEARD = `SELECT DISTINCT offer_source_id AS id FROM (SELECT offer_source_id FROM postbacks WHERE id >= $1 ORDER BY id DESC LIMIT ${MOST}) AS p WHERE offer_source_id IS NOT NULL`;
