import { pointerTo } from '../lib/json-pointer.js';
import { parseTemplate } from '../lib/macros.js';
import { PARAMETERS } from './vocabulary.js';

/** The link builder: our parameter → free text in the network's terms, made into the URL to paste there. */
export type LinkRows = Readonly<Record<string, string>>;

/** What a row may be called, in the order in which they stand in the URL; the rest is for senders of one's own. */
export const ROWS = Object.keys(PARAMETERS).filter((name) => !['ts', 'return', 'disable_forward'].includes(name));
/** Any network's macro: stays as written, whatever stands in it. */
export const MACRO =
  /\[\[\[[^\]]*\]\]\]|\[=[^=]*=\]|\[[^\]]*\]|\$?\{\{[^}]*\}\}|\$?\{[^}]*\}|##[^#]+##|#[^#\s]+#|%[A-Za-z_][\w-]*%|<[^<>]*>/g;
/** A network without a click-id macro: the user has to replace it by hand. */
const MISSING_CID = 'REPLACE';

/** Rows that cannot be, with what was probably meant. */
export function checkRows(rows: LinkRows): { pointer: string; message: string }[] {
  return Object.keys(rows)
    .filter((name) => !ROWS.includes(name))
    .map((name) => {
      const meant = meantRow(name);
      const hint =
        meant === null
          ? 'use cid, payout, status, txid, currency, conversion_id, param1 to param20, event1 to event30 or add_event1 to add_event30'
          : `did you mean ${meant}?`;
      return { pointer: pointerTo('/linkBuilder', name), message: `${name} is not a row of the link builder; ${hint}` };
    });
}

/** The row that the name is an alias of, else the one spelt most like it. */
function meantRow(name: string): string | null {
  const lower = name.trim().toLowerCase();
  const exact = ROWS.find((row) => row === lower || PARAMETERS[row]?.includes(lower));
  return exact ?? parseTemplate(`{${lower}}`, ROWS).macros[0]?.nearest ?? null;
}

/** The offer's rows override the source's one by one; an empty one of the offer takes the source's out. */
export const mergeRows = (source: LinkRows, offer: LinkRows): LinkRows => ({ ...source, ...offer });

/**
 * The URL, macros unescaped. An empty cid row gives `cid=REPLACE`, other empty rows are left out.
 * @param base without a query, e.g. `https://host/postback/TOKEN`
 */
export function postbackUrl(base: string, rows: LinkRows): string {
  const parts = ROWS.flatMap((name) => {
    const text = (rows[name] ?? '').trim();
    if (text !== '') return [`${name}=${escapeAroundMacros(text)}`];
    return name === 'cid' ? [`cid=${MISSING_CID}`] : [];
  });
  return `${base}?${parts.join('&')}`;
}

/** One URL per status for a network that has no status macro: the word stands in the URL. */
export function postbackUrls<S extends string>(
  base: string,
  rows: LinkRows,
  variants: readonly { status: S; word: string }[],
): { status: S; url: string }[] {
  if ((rows.status ?? '').trim() !== '') return [];
  return variants.map(({ status, word }) => ({ status, url: postbackUrl(base, { ...rows, status: word }) }));
}

/** An answer for a role that may not see tokens. */
export function withoutTokens<T extends { postbackUrl: string | null }>(answer: T): T {
  return { ...answer, postbackUrl: null, ...('postbackUrls' in answer ? { postbackUrls: null } : {}) };
}

/** Constant text is encoded where it would break the query; macros are not, since the network looks for them literally. */
function escapeAroundMacros(text: string): string {
  let escaped = '';
  let from = 0;
  for (const match of text.matchAll(MACRO)) {
    escaped += encodeURIComponent(text.slice(from, match.index).toWellFormed()) + match[0];
    from = match.index + match[0].length;
  }
  return escaped + encodeURIComponent(text.slice(from).toWellFormed());
}
