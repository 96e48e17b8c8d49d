import { PARAMETERS } from '../../../src/offer-sources/vocabulary';

/** What a pasted postback URL asks about. */
export interface PastedPostback {
  cid: string | null;
  txid: string | null;
}

/** @returns null for anything but a postback URL of a tracker; a macro that was never filled in is no id */
export function readPasted(text: string): PastedPostback | null {
  const path = /\/postback(?:\.gif)?(?:\/[^?\s]*)?(?:\?(\S*))?$/i.exec(text.trim());
  if (path === null) return null;
  const given = new URLSearchParams(path[1] ?? '');
  const valueOf = (name: string): string | null =>
    [name, ...(PARAMETERS[name] ?? [])]
      .map((each) => given.get(each)?.trim() ?? '')
      .find((value) => value !== '' && !/[{}[\]<>%]/.test(value)) ?? null;
  return { cid: valueOf('cid'), txid: valueOf('txid') };
}
