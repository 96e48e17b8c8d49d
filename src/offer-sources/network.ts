import type { StatusMeaning } from './vocabulary.js';

/**
 * The network catalogue: what is known of affiliate networks, so that a source made from a template is filled in.
 * Nothing in it was verified against a live network.
 */
export interface Network {
  /** Lower-case letters, digits and dashes; what an offer source's `template` holds. */
  key: string;
  name: string;
  /** The parameter of the network's links that carries our click id; empty where it is not known. */
  cidParameter: string;
  /** `{url}?{cidParameter}={clickid}`, or `{url}/{clickid}` where the click id is a part of the path. */
  offerUrlTemplate: string;
  /** Our parameter (as in `checkRows` of postback-url.ts) → the network's text: a macro, several, or a constant. Rows of which nothing is known are missing. */
  linkBuilder: Readonly<Record<string, string>>;
  /** One postback URL each, for networks that have no macro for the status; empty for those that have one. */
  variants: readonly NetworkVariant[];
  /** The network's words, trimmed and in lower case. The built-in words count as well, after these. */
  statusMap: Readonly<Record<string, StatusMeaning>>;
  /** What a call without a status means. */
  defaultStatus: StatusMeaning;
  /** Upper case; null where the network has no one currency. */
  defaultCurrency: string | null;
  /** `signed`: a refund is a negative amount. */
  amountSign: 'absolute' | 'signed';
  /** The body the network wants to see, or null when any will do. */
  answer: string | null;
  /** Addresses its postbacks were seen from: a suggestion for `allowedIps`, not a promise of the network's. */
  knownIps: readonly string[];
  /** Link parameter of the network → the most characters it takes. */
  limits: Readonly<Record<string, number>>;
  /** Address of the network's own documentation. */
  docs: string | null;
  /** What sources say differently, in plain words; a template with any is marked disputed. */
  disputed: readonly string[];
  /** What else a user must know to set the network up. */
  notes: readonly string[];
}

/** A postback URL whose status is a constant: `&status=word`. */
export interface NetworkVariant {
  /** What `word` means by the network's map and the built-in words. */
  status: StatusMeaning;
  word: string;
  /** Where the URL is to be pasted at the network. */
  label: string;
}
