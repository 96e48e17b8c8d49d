import { pointerTo } from '../lib/json-pointer.js';
import type { FieldError } from '../http/problem.js';
import { isEncoding } from '../lib/legacy-text.js';
import { parseIpRanges } from '../lib/ip-ranges.js';
import { parseTemplate } from '../lib/macros.js';
import type { Network } from './network.js';
import { joinOfferUrlTemplate, offerUrlTemplateError } from './offer-url-template.js';
import { checkRows } from './postback-url.js';
import { byStatusKey, statusKey } from './status-word.js';
import { BUCKETS, type DuplicateMode, PARAMETERS, type StatusMeaning, type TransitionPolicy } from './vocabulary.js';
import { namedCurrency } from '../lib/currency-signs.js';

/** An offer source's fields: what they may hold beyond their form, their defaults, and the warnings an admin should see. */
export interface SourceFields {
  name: string;
  template: string;
  cidParameter: string;
  offerUrlTemplate: string;
  linkBuilder: Record<string, string>;
  statusMap: Record<string, StatusMeaning>;
  defaultStatus: StatusMeaning;
  defaultCurrency: string | null;
  duplicateMode: DuplicateMode;
  retryWindowSeconds: number;
  transitionPolicy: TransitionPolicy;
  amountSign: 'absolute' | 'signed';
  clickExpiryDays: number | null;
  eventMakesConversion: boolean;
  allowedIps: string[];
  requireToken: boolean;
  successBody: string | null;
  parameterAliases: Record<string, string>;
  legacyEncoding: string | null;
  enabled: boolean;
}

export const STATUS_MEANINGS: readonly StatusMeaning[] = [...BUCKETS, 'ignored'];
const MAX_ROW = 500;
const MAX_WORDS = 500;
/** The parser cuts a status here, so a longer word would never be met. */
const MAX_WORD = 64;
const MAX_ALIASES = 100;
const ALIAS = /^[a-z0-9_.-]{1,64}$/;
/** What jsonb cannot hold. */
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0-\x1f\x7f]|\p{Cs}/u;

const BAD_ENCODING = {
  pointer: '/legacyEncoding',
  message: 'legacyEncoding must be the name of an encoding of one byte a letter, such as windows-1251, koi8-r or latin1; null guesses',
};

/** What is wrong with the fields given, all of it. */
export function sourceErrors(fields: Partial<SourceFields>): FieldError[] {
  const { offerUrlTemplate, linkBuilder = {}, statusMap = {}, allowedIps = [], parameterAliases = {}, legacyEncoding = null } = fields;
  const template = offerUrlTemplate === undefined ? null : offerUrlTemplateError(offerUrlTemplate);
  return [
    ...(template === null ? [] : [{ pointer: '/offerUrlTemplate', message: `offerUrlTemplate ${template}` }]),
    ...linkBuilderErrors(linkBuilder),
    ...statusMapErrors(statusMap),
    ...parseIpRanges(allowedIps).errors.map(({ index, message }) => ({ pointer: `/allowedIps/${index}`, message })),
    ...aliasErrors(parameterAliases),
    ...(legacyEncoding === null || isEncoding(legacyEncoding) ? [] : [BAD_ENCODING]),
  ];
}

/** Rows of a source's or an offer's link builder. */
export function linkBuilderErrors(rows: Readonly<Record<string, unknown>>): FieldError[] {
  const values = Object.entries(rows).flatMap(([name, text]) => {
    const ok = typeof text === 'string' && text.length <= MAX_ROW && !UNSTORABLE.test(text);
    return ok
      ? []
      : [
          {
            pointer: pointerTo('/linkBuilder', name),
            message: `${name} must be a line of text of at most ${MAX_ROW} characters; empty leaves it out`,
          },
        ];
  });
  return [...checkRows(rows as Record<string, string>), ...values];
}

function statusMapErrors(map: Readonly<Record<string, unknown>>): FieldError[] {
  const words = Object.entries(map);
  if (words.length > MAX_WORDS) return [{ pointer: '/statusMap', message: `statusMap may hold at most ${MAX_WORDS} words` }];
  const known = new Map<string, { word: string; meaning: unknown }>();
  return words.flatMap(([word, meaning]) => {
    const pointer = pointerTo('/statusMap', word);
    const other = known.get(statusKey(word));
    known.set(statusKey(word), other ?? { word, meaning });
    if (other !== undefined && other.meaning !== meaning)
      return [{ pointer, message: `${word} and ${other.word} are one word to us and cannot mean two things` }];
    if (word.trim() === '' || word.trim().length > MAX_WORD || UNSTORABLE.test(word))
      return [{ pointer, message: `a status word must have 1 to ${MAX_WORD} characters` }];
    return STATUS_MEANINGS.includes(meaning as StatusMeaning)
      ? []
      : [{ pointer, message: `${word} must mean one of ${STATUS_MEANINGS.join(', ')}` }];
  });
}

function aliasErrors(aliases: Readonly<Record<string, unknown>>): FieldError[] {
  const entries = Object.entries(aliases);
  if (entries.length > MAX_ALIASES)
    return [{ pointer: '/parameterAliases', message: `parameterAliases may hold at most ${MAX_ALIASES} names` }];
  return entries.flatMap(([alias, canonical]) => {
    const pointer = pointerTo('/parameterAliases', alias);
    const name = alias.trim().toLowerCase();
    if (!ALIAS.test(name)) return [{ pointer, message: 'an alias must have 1 to 64 letters, digits, dots, dashes or underscores' }];
    if (Object.hasOwn(PARAMETERS, name)) return [{ pointer, message: `${name} is a parameter of its own and cannot stand for another` }];
    if (typeof canonical !== 'string' || !Object.hasOwn(PARAMETERS, canonical)) {
      return [
        {
          pointer,
          message: `${alias} must stand for a parameter of postbacks such as cid, payout, status, txid, currency, conversion_id, ts, param1 or event1`,
        },
      ];
    }
    return [];
  });
}

/** The fields as they are kept: words and aliases as the parser looks them up, currencies in upper case. */
export function tidySource<T extends Partial<SourceFields>>(fields: T): T {
  const kept = { ...fields };
  if (kept.statusMap) kept.statusMap = byStatusKey(kept.statusMap);
  if (kept.parameterAliases) kept.parameterAliases = lowerKeys(kept.parameterAliases);
  if (kept.defaultCurrency) kept.defaultCurrency = namedCurrency(kept.defaultCurrency);
  return kept;
}

function lowerKeys<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key.trim().toLowerCase(), value]));
}

/** A new source: what its network's template knows, under what was given. Link builder and status map are filled row by row. */
export function newSource(network: Network, fields: Partial<SourceFields> & Pick<SourceFields, 'name'>): SourceFields {
  const given = tidySource(fields);
  return {
    cidParameter: network.cidParameter,
    offerUrlTemplate: network.offerUrlTemplate,
    defaultStatus: network.defaultStatus,
    defaultCurrency: network.defaultCurrency,
    duplicateMode: 'update',
    retryWindowSeconds: 600,
    transitionPolicy: 'guarded',
    amountSign: network.amountSign,
    clickExpiryDays: null,
    eventMakesConversion: false,
    allowedIps: [],
    requireToken: true,
    successBody: network.answer,
    parameterAliases: {},
    legacyEncoding: null,
    enabled: true,
    ...given,
    template: network.key,
    linkBuilder: { ...network.linkBuilder, ...given.linkBuilder },
    statusMap: { ...byStatusKey(network.statusMap), ...given.statusMap },
  };
}

export const MISSING_CID =
  "The postback URL says cid=REPLACE: put the network's macro for the click id into the row cid of the link builder.";
export const UNREADABLE_TOKEN =
  "The source's token cannot be read with the present SECRET_KEY, so its postback URL cannot be shown; it still works. Rotate the token to get a new one.";

export const UNREADABLE_OFFER_TOKEN = UNREADABLE_TOKEN.replace('source', 'offer');

/** What is likely to go wrong with a source. */
export function sourceWarnings(source: SourceFields & { archivedAt: Date | null }, network: Network | null): string[] {
  const warnings = (network?.disputed ?? []).map((note) => `Disputed: ${note}`);
  if ((source.linkBuilder.cid ?? '').trim() === '') warnings.push(MISSING_CID);
  const link = parseTemplate(joinOfferUrlTemplate('https://offer.example/', source.offerUrlTemplate, source.cidParameter), [
    'clickid',
    'cid',
  ]);
  if (!link.macros.some((macro) => macro.known)) {
    warnings.push("No click id travels by this source: set cidParameter, or put {clickid} into offerUrlTemplate or into each offer's URL.");
  }
  if ((source.linkBuilder.status ?? '').trim() === '' && (network?.variants.length ?? 0) > 1) {
    warnings.push(
      `No status travels in postbackUrl: what it brings counts as ${source.defaultStatus}. Where the network takes one URL per status, paste those of postbackUrls.`,
    );
  }
  if (!source.enabled) warnings.push('The source is disabled: its postbacks are stored and not counted, and can be replayed.');
  if (source.archivedAt !== null) warnings.push('The source is archived: its postbacks still count.');
  return warnings;
}
