import type { Schemas } from '../api/client';
import { words } from './strings';

type Row = Pick<Schemas['AuditAnswer'], 'action' | 'subject' | 'details'>;

/** `Offer changed`; what has no words of its own as the API names it. */
export const actionOf = ({ action }: Row): string => (words.audit.actions as Record<string, string>)[action] ?? action;

/** Where the thing that was changed is looked at; null for one without a page of its own. */
export function hrefOf({ action, subject }: Row): string | null {
  const list = /^\w+ \/(offers|offer-sources|conversions|postbacks)\b/.exec(action)?.[1];
  return list === undefined || subject === null ? null : `/app/${list}?${new URLSearchParams({ open: subject }).toString()}`;
}

/** What was changed, by its name: of what has none of its own any more, the one that was said. */
export function subjectOf({ subject, details }: Row, nameOf: NameOf): string | null {
  const { body } = details;
  const said = typeof body === 'object' && body !== null && 'name' in body && typeof body.name === 'string' ? body.name : null;
  const name = nameOf(subject);
  return name === subject ? (said ?? name) : name;
}

type NameOf = (id: string | null) => string | null;
const ID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

/** What was said: `name: Red shoes, tags: shoes, summer`. Offers and sources by their names. */
export function detailsOf({ details }: Row, nameOf: NameOf): string {
  const textOf = (value: unknown): string => {
    if (value === null) return 'none';
    if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join(', ');
    if (typeof value === 'string' && ID.test(value)) return nameOf(value) ?? value;
    if (typeof value !== 'object') return String(value);
    const entries = Object.entries(value);
    return entries.length === 0 ? 'none' : `(${entries.map(([name, each]) => `${name}: ${textOf(each)}`).join(', ')})`;
  };
  const { body, query } = details;
  return [body, query]
    .flatMap((said): [string, unknown][] =>
      typeof said === 'object' && said !== null ? Object.entries(said) : said === undefined ? [] : [['', said]],
    )
    .map(([name, value]) => (name === '' ? textOf(value) : `${name}: ${textOf(value)}`))
    .join(', ');
}
