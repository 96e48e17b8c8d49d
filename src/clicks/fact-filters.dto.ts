import { ApiPropertyOptional } from '@nestjs/swagger';
import { MaxLength } from 'class-validator';
import { AnyOf } from '../http/fields.js';
import { anyOf, folded, foldCase, type Condition } from '../lib/sql.js';

/** Lists are filtered by what is known of a click, as reports are: a row of a report leads to its clicks and conversions. */

/** Field → column of clicks; a conversion carries a copy under the field's name. */
const COLUMNS: Readonly<Record<string, string>> = {
  country: 'country',
  region: 'region',
  city: 'city',
  isp: 'isp',
  device: 'device',
  os: 'os',
  browser: 'browser',
  language: 'language',
  referrerDomain: 'referrer_domain',
  source: 'source',
  keyword: 'keyword',
  externalId: 'external_id',
};
/** What senders and users choose is compared letter by letter; what we name is not. */
const SUBS = Array.from({ length: 20 }, (_, i) => `sub${i + 1}`);
const EXACT = ['source', 'keyword', 'externalId', ...SUBS];
const NAMES = [...Object.keys(COLUMNS), ...SUBS];

/** Declares the filters on the class of a query. */
export function FactFilters(query: { prototype: object }): void {
  AnyOf()(query.prototype, 'offerTag');
  ApiPropertyOptional({ type: [String], description: 'Only of offers with this tag; repeated: any of them; empty: those without one' })(
    query.prototype,
    'offerTag',
  );
  MaxLength(255, { each: true })(query.prototype, 'offerTag');
  for (const name of NAMES) {
    const described = `Only this ${name}${EXACT.includes(name) ? '' : ' in any letter case'}; repeated: any of them; empty: those without one`;
    AnyOf()(query.prototype, name);
    ApiPropertyOptional({ type: [String], description: described })(query.prototype, name);
    MaxLength(255, { each: true })(query.prototype, name);
  }
}

/** The conditions that a query of such a class asks for. */
export function factConditions(query: object, table: 'clicks' | 'conversions'): Condition[] {
  const given = query as Readonly<Record<string, string[] | undefined>>;
  return [
    tagCondition(given.offerTag),
    ...NAMES.map((name): Condition => {
      const column = columnOf(name, table);
      return EXACT.includes(name) ? anyOf(column, given[name]) : anyOf(folded(column), given[name]?.map(foldCase));
    }),
  ];
}

/** Tags are of the offer as it is now. */
function tagCondition(given: readonly string[] | undefined): Condition {
  const none = given?.includes('') === true ? ` OR tags = '{}'` : '';
  return [`offer_id IN (SELECT id FROM offers WHERE tags && ?::text[]${none})`, given?.filter((tag) => tag !== '')];
}

function columnOf(name: string, table: 'clicks' | 'conversions'): string {
  if (SUBS.includes(name)) return table === 'clicks' ? `subs->>'${name}'` : `click->'subs'->>'${name}'`;
  return table === 'clicks' ? (COLUMNS[name] as string) : `click->>'${name}'`;
}
