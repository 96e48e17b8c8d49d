import type { PostbackValues } from '../conversions/conversion.js';
import type { Refusal, Result, Warning } from '../conversions/results.js';
import type { Bucket, StatusMeaning } from '../offer-sources/vocabulary.js';
import { isZero } from '../lib/money.js';

/** What became of a request and why, in one sentence with the names and numbers of the case, and what to do about it. */

/** A source's settings as far as sentences speak of them. */
export interface ExplainedSource {
  name: string;
  defaultStatus: StatusMeaning;
  retryWindowSeconds: number;
  clickExpiryDays: number | null;
  allowedIps: readonly string[];
}

/** All that is known of one request. Names are what people gave; times are RFC 3339. */
export interface Facts {
  result: Result;
  reason: string | null;
  warnings: readonly Warning[];
  receivedAt: string;
  cid: string | null;
  ip: string | null;
  values: PostbackValues;
  /** What the request said under each canonical name, as it was written. */
  texts: Readonly<Record<string, string>>;
  /** Macros that the network left in place. */
  unresolved: readonly { name: string; text: string }[];
  /** What its status word means, and by which map; null without a word. */
  meaning: { meaning: StatusMeaning; mappedBy: string | null } | null;
  /** Whose rules decided; null: the defaults. */
  source: ExplainedSource | null;
  /** Whose token came; null on the global URL. */
  token: { of: 'source' | 'offer'; name: string } | null;
  /** null when it is not known. */
  click: {
    at: string | null;
    offer: string;
    source: string | null /** What the offer pays always, whatever a request says. */;
    fixed?: { payout: string | null } | null;
  } | null;
  /** What the history says it did. */
  change: { from: Bucket | null; to: Bucket | null; payout: string | null; currency: string | null; rateDate: string | null } | null;
  /** The conversion it concerned, as it stands now. */
  conversion: { status: Bucket; payout: string | null; currency: string | null } | null;
  /** The request that made what this one repeats. */
  earlier: { id: string; receivedAt: string } | null;
  /** Whether it is a line of a file. */
  isOfFile: boolean;
  /** While it waits: when it is tried next, and until when. */
  waits: { next: string; until: string } | null;
}

export function explain(facts: Facts): string {
  const clauses = [RESULT_SENTENCES[facts.result](facts), ...warningsToTell(facts).map((warning) => WARNING_CLAUSES[warning](facts))];
  // What senders and people write may be of right-to-left letters; it must not turn the sentence around them.
  return `${clauses.join('; ')}.`.replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** A macro in place of the click id is the reason itself. */
function warningsToTell({ warnings, reason }: Facts): readonly Warning[] {
  return reason === 'unresolved_macro' ? warnings.filter((warning) => warning !== 'unresolved_macro') : warnings;
}

const RESULT_SENTENCES: Record<Result, (facts: Facts) => string> = {
  accepted: ({ reason, waits }) =>
    reason === null
      ? 'Stored and not decided yet: the verdict comes within a second while a worker runs, and within three where very many requests name this click'
      : `Stored; deciding it failed with “${reason}” and is tried again${waits === null ? '' : ` at ${time(waits.next)}`}`,
  created: (facts) => `Made a new ${toOf(facts)} conversion ${amountOf(facts)}${atOffer(facts)}, because ${whyStatus(facts)}`,
  updated: (facts) => updated(facts),
  no_change: (facts) => noChange(facts),
  duplicate: (facts) =>
    `Not counted, because ${sourceOr(facts, 'the offer')} counts one conversion a click (duplicateMode ignore) and it was made by ${earlierOf(facts)}: choose another duplicateMode if further ones should count`,
  duplicate_request: (facts) =>
    facts.isOfFile
      ? `Not counted again, because it is identical to ${earlierOf(facts)}, and the same line of a file counts once: a second sale needs a txid or a time of its own`
      : `Not counted again, because it is identical to ${earlierOf(facts)} and a repetition within ${facts.source?.retryWindowSeconds ?? 600} seconds is taken for the network's retry (retryWindowSeconds): a second sale needs a txid of its own`,
  ignored_status: (facts) =>
    facts.values.status === null
      ? `Not counted, because it names no status and ${sourceOr(facts, 'the account')} ignores such requests: send a status, or change defaultStatus`
      : `Not counted, because “${facts.values.status}” means a test or ping${mapOf(facts)}: map the word to something else if it is a real status`,
  stale_status: (facts) =>
    `The network said ${saidStatus(facts)}, but the conversion${atOffer(facts)} was ${facts.change?.from ?? 'further'} already, so its status and payout stand: set transitionPolicy to latest if the network's last word should always count`,
  click_not_found: (facts) =>
    `There is no click ${facts.cid ?? 'of this id'}${tokenCame(facts)}: check that the network sends back the click id it was given; the request is kept 90 days and counted when the click is imported`,
  click_expired: (facts) =>
    `Not counted, because the click${facts.click?.at ? ` of ${time(facts.click.at)}` : ''} is older than the ${days(facts.source?.clickExpiryDays)} in which ${sourceOr(facts, 'its source')} takes new conversions: raise clickExpiryDays and replay it`,
  waiting_click: (facts) =>
    `${clickOf(facts)} has not arrived yet${facts.waits === null ? '' : `; it is waited for until ${time(facts.waits.until)}, tried next at ${time(facts.waits.next)}`}: nothing is to be done, unless the click was never made here`,
  source_mismatch: (facts) => mismatch(facts),
  source_disabled: (facts) => `Not counted, because ${sourceOr(facts, 'its source')} is disabled: enable it and replay the request`,
  rejected: (facts) =>
    Object.hasOwn(REFUSAL_SENTENCES, facts.reason ?? '')
      ? REFUSAL_SENTENCES[facts.reason as Refusal](facts)
      : `Refused with “${facts.reason ?? 'no reason'}”`,
  failed: ({ reason }) =>
    `Could not be decided in five attempts: “${reason ?? 'no reason'}”; mend the cause and replay it, or set it aside`,
};

const REFUSAL_SENTENCES: Record<Refusal, (facts: Facts) => string> = {
  missing_cid: (facts) =>
    `Refused with 400, because no click id came${tokenCame(facts)}: put cid and the network's macro for the click id into the postback URL`,
  unresolved_macro: (facts) => {
    const cid = facts.unresolved.find(({ name }) => name === 'cid');
    return `Refused with 400, because the network left ${cid === undefined ? 'a macro' : `“${cid.text}”`} in place of the click id${tokenCame(facts)}: use the macro that this network has for it, and send a real conversion rather than a copied URL`;
  },
  bad_cid: ({ texts }) =>
    `Refused with 400, because ${texts.cid === undefined ? 'the click id' : `“${cut(texts.cid)}”`} is no click id, which has 1 to 128 letters, digits, dots, dashes and underscores: look at the cid of the postback URL`,
  bad_token: ({ ip }) =>
    `Refused with 403, because the token in the URL${from(ip)} names no source and no offer, or has ended: copy the postback URL anew; the network has to send it again`,
  bad_path: ({ ip }) =>
    `Refused with 404, because the address${from(ip)} is none of postbacks, which end in /postback or /postback/TOKEN: copy the postback URL anew; the network has to send it again`,
  token_required: (facts) =>
    `Not counted, because it came without a token and ${sourceOr(facts, 'the source')} asks for one (requireToken): paste the source's postback URL at the network, or set requireToken to false, and replay it`,
  ip_denied: (facts) =>
    `Not counted, because it came from ${facts.ip ?? 'an unknown address'}, and ${sourceOr(facts, 'the source')} takes postbacks from ${list(facts.source?.allowedIps ?? [])} only: add the address to allowedIps if it is the network's, and replay it`,
  too_large: () =>
    'Refused, because a URL may have 8 KiB and a body 64 KiB: shorten what the postback URL sends; the network has to send it again',
};

const WARNING_CLAUSES: Record<Warning, (facts: Facts) => string> = {
  unmapped_status: (facts) =>
    `${facts.values.status === null ? 'its status word' : `“${facts.values.status}”`} has no meaning yet, so ${facts.change?.from === null ? 'the money is held' : 'the status is left alone'}: say what it means among the status words of ${sourceOr(facts, 'the account')} and apply it again`,
  bad_payout: ({ texts, values, conversion }) =>
    `the payout ${shown(texts.payout)} ${values.payout === null ? 'cannot be read as an amount' : 'is below zero, which only what rejects or reverses may be (amountSign)'}, so ${conversion?.payout ? `${money(conversion.payout, conversion.currency)} stands` : 'it counts without money'}`,
  bad_currency: ({ texts, values }) =>
    values.payout === null
      ? `the currency ${shown(texts.currency)} is none and came without an amount that can be read, so it is left out`
      : texts.currency === undefined
        ? `nobody can tell the currency of the amount ${shown(texts.payout)}, so it counts as soon as it is corrected: have the network send its code as currency, or set the source's defaultCurrency`
        : `the currency ${shown(texts.currency)} is no currency or not that of the amount ${shown(texts.payout)}, so the amount counts as soon as it is corrected`,
  ambiguous_amount: ({ texts, values }) =>
    `the amount ${shown(texts.payout)} is read as ${values.payout ?? 'whole'}, since its currency has no decimals`,
  fx_pending: (facts) =>
    `there is no rate of ${unpriced(facts)} for ${facts.receivedAt.slice(0, 10)}, so the money counts when one is entered under rates`,
  fx_old: (facts) =>
    `the rate of ${currencyOf(facts)} is that of ${facts.change?.rateDate ?? 'more than a week before'}, over 7 days old: look whether rates are fetched`,
  bad_event: ({ texts }) => `${eventsOf(texts)} cannot be read as a number and is left out`,
  bad_ts: ({ texts }) => `the time ${shown(texts.ts)} cannot be, so the time of receipt counts`,
  too_long: () => 'a value is longer than is kept and was cut',
  unresolved_macro: ({ unresolved }) =>
    `the network left ${unresolved.length === 0 ? 'a macro' : unresolved.map(({ name, text }) => `“${cut(text)}” for ${name}`).join(' and ')} in place, which counts as not sent: use a macro that this network has`,
  mixed_txid: () => 'requests with and without a txid meet on this click: have the network send one always or never',
  reversal_without_sale: () => 'it takes back a sale that never came',
  reinstated: () => 'a refused conversion was approved after all',
  repaired_url: () => 'the URL was spoilt by HTML (&amp; or a second ?) and was mended: paste it as plain text',
  unreadable_body: ({ values }) =>
    values.status === null
      ? 'part of the body could not be read and may have held the status, so nothing is approved for it: have the network send a form or a flat JSON object'
      : 'part of the body could not be read: have the network send a form or a flat JSON object',
  repeated_param: () => 'a parameter came more than once, and the last one counts',
  invalid_encoding: () => 'some bytes are no UTF-8 and were read as the source’s legacyEncoding or replaced',
};

function updated(facts: Facts): string {
  const { change, values } = facts;
  if (change === null || change.from === null)
    return `Kept its events on ${lower(clickOf(facts))}, which has no conversion yet: the first one takes them`;
  if (change.from !== change.to)
    return `Changed the conversion${atOffer(facts)} from ${change.from} to ${change.to}, because ${whyStatus(facts)}`;
  if (change.from === 'approved' && change.payout !== null && takesBack(facts))
    return `Took ${money(change.payout.replace('-', ''), change.currency ?? values.currency)} back from the approved conversion${atOffer(facts)}`;
  const amount =
    values.payout === null || change.currency === null || isRefusedAmount(facts) || fixedOf(facts) !== null
      ? ''
      : `, with the amount ${money(values.payout, change.currency)}`;
  return `Updated the ${change.from} conversion${atOffer(facts)}${amount}`;
}

/** Where an amount below zero is none of a refusal and not refused itself, it takes back what was paid (amountSign). */
const isBelowZero = ({ values, warnings, meaning }: Facts): boolean =>
  values.payout?.startsWith('-') === true &&
  !warnings.includes('bad_payout') &&
  !['reversed', 'rejected', 'trash'].includes(meaning?.meaning ?? '');

/** Whether a request asks for a reversal: by its word, by having none, or by its sign. */
function takesBack(facts: Facts): boolean {
  const { values, meaning, source, warnings } = facts;
  if (values.status !== null) return meaning?.meaning === 'reversed' || isBelowZero(facts);
  return !warnings.includes('unreadable_body') && (source?.defaultStatus === 'reversed' || isBelowZero(facts));
}

function noChange(facts: Facts): string {
  const { reason, conversion } = facts;
  if (reason !== null) return `Decided again with the same outcome (${reason}): nothing was added twice`;
  if (conversion === null) return 'Says nothing new, so nothing changed';
  const payout = conversion.payout === null ? '' : ` of ${money(conversion.payout, conversion.currency)}`;
  return `Says what the ${facts.change?.from ?? conversion.status} conversion${payout}${atOffer(facts)} says already, so nothing changed`;
}

function mismatch(facts: Facts): string {
  const { token, click } = facts;
  const whose = click === null ? 'another offer' : `offer “${click.offer}”${click.source === null ? '' : ` of source “${click.source}”`}`;
  const came = token === null ? 'a token of another source' : `the token of ${token.of} “${token.name}”`;
  const url = click !== null && click.source !== null ? `source “${click.source}”` : 'that offer';
  return `Not counted, because ${came} came and ${lower(clickOf(facts))} is of ${whose}: have the network call the postback URL of ${url}, or give the offer the right source, and replay it`;
}

const clickOf = ({ cid }: Facts): string => (cid === null ? 'The click' : `Click ${cid}`);
const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
const cut = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 60).toWellFormed()}…`);
const shown = (text: string | undefined): string => (text === undefined ? 'sent' : `“${cut(text)}”`);
const time = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
const days = (count: number | null | undefined): string => (count === 1 ? 'day' : `${count ?? 'allowed'} days`);
const from = (ip: string | null): string => (ip === null ? '' : `, sent from ${ip},`);
const money = (amount: string, currency: string | null): string => (currency === null ? amount : `${amount} ${currency}`);
const list = (items: readonly string[]): string =>
  items.length === 0 ? 'other addresses' : items.slice(0, 5).join(', ') + (items.length > 5 ? ' and others' : '');
const sourceOr = ({ source }: Facts, otherwise: string): string => (source === null ? otherwise : `source “${source.name}”`);
const atOffer = ({ click }: Facts): string => (click === null ? '' : ` of offer “${click.offer}”`);
const tokenCame = ({ token }: Facts): string => (token === null ? '' : `, sent with the token of ${token.of} “${token.name}”`);
const toOf = ({ change, conversion }: Facts): string => change?.to ?? conversion?.status ?? 'counted';

/** The history holds it as it came, but it did not count; the warning says what does. */
const isRefusedAmount = ({ warnings, values }: Facts): boolean => warnings.includes('bad_payout') && values.payout !== null;

const fixedOf = ({ click }: Facts): { payout: string | null } | null => click?.fixed ?? null;

function amountOf(facts: Facts): string {
  const { change, values, conversion } = facts;
  if (isRefusedAmount(facts)) return conversion?.payout ? `of ${money(conversion.payout, conversion.currency)}` : 'without money';
  if (change === null || change.payout === null) return 'without money';
  // A refused one stands with what the offer pays, and never with 0.
  if (['rejected', 'trash'].includes(toOf(facts)) && isZero(change.payout)) return 'without money of its own';
  const fixed = fixedOf(facts);
  if (fixed !== null)
    return fixed.payout === null ? 'without money' : `of ${money(fixed.payout, conversion?.currency ?? null)} (the offer’s fixed payout)`;
  const currency = change.currency ?? values.currency ?? conversion?.currency ?? null;
  return `of ${money(change.payout, currency)}${values.payout === null ? ' (the offer’s payout)' : ''}`;
}

/** A reversal in another currency than the sale's needs the rates of both. */
function unpriced(facts: Facts): string {
  const { change, conversion, values } = facts;
  const [own, sale] = [values.currency, conversion?.currency ?? null];
  return change?.to === 'reversed' && own !== null && sale !== null && own !== sale ? `${own} or ${sale}` : currencyOf(facts);
}

function currencyOf(facts: Facts): string {
  const { change, conversion, values } = facts;
  if (fixedOf(facts) !== null) return conversion?.currency ?? 'its currency';
  return values.currency ?? change?.currency ?? conversion?.currency ?? 'its currency';
}

function eventsOf(texts: Facts['texts']): string {
  const said = Object.entries(texts).filter(([name, text]) => /^(?:add_)?event\d+$/.test(name) && !/^[+-]?\d+(?:[.,]\d+)?$/.test(text));
  return said.length === 0 ? 'an event' : said.map(([name, text]) => `${name} “${cut(text)}”`).join(' and ');
}

const MAPS: Record<string, string> = {
  source: 'by the status words of its source',
  template: "by its network's template",
  account: "by the account's words",
  'built-in': 'by the built-in words',
};
const mapOf = ({ meaning }: Facts): string => (meaning === null || meaning.mappedBy === null ? '' : ` ${MAPS[meaning.mappedBy] ?? ''}`);

function whyStatus(facts: Facts): string {
  const { values, meaning, source } = facts;
  if (facts.change?.to === 'reversed' && source?.defaultStatus !== 'reversed' && isBelowZero(facts))
    return `${sourceOr(facts, 'the account')} takes an amount below zero for a reversal (amountSign signed)`;
  if (values.status === null && facts.warnings.includes('unreadable_body')) return 'no status was found in what could be read of it';
  if (values.status === null || meaning === null)
    return `it names no status and such requests count as ${source?.defaultStatus ?? 'approved'}${source === null ? '' : ` at source “${source.name}”`}`;
  if (meaning.meaning === 'unmapped') return `nobody has said what “${values.status}” means`;
  return `“${values.status}” means ${meaning.meaning}${mapOf(facts)}`;
}

function saidStatus({ values, change, source }: Facts): string {
  const to = change?.to ?? null;
  if (values.status === null) return `no status, which counts as ${to ?? source?.defaultStatus ?? 'approved'}`;
  return to === null ? `“${values.status}”` : `“${values.status}” (${to})`;
}

function earlierOf({ earlier }: Facts): string {
  return earlier === null ? 'an earlier request' : `the request ${earlier.id} of ${time(earlier.receivedAt)}`;
}
