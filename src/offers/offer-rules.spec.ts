import { describe, expect, it } from '@jest/globals';
import { offerErrors, offerWarnings } from './offer-rules.js';

describe('offerErrors', () => {
  it('finds nothing in what is right', () => {
    expect(offerErrors({ url: 'https://h.example/{sub1}', fallbackUrl: 'http://h.example', linkBuilder: { payout: '5' } })).toEqual([]);
    expect(offerErrors({ fallbackUrl: null })).toEqual([]);
  });

  it('names all that is wrong at once', () => {
    expect(offerErrors({ url: 'https://{sub1}.example/', fallbackUrl: 'javascript:alert(1)', linkBuilder: { nope: '' } })).toEqual([
      { pointer: '/url', message: expect.stringContaining('url has {sub1} in its scheme or host') },
      { pointer: '/fallbackUrl', message: expect.stringContaining('http:// or https://') },
      { pointer: '/linkBuilder/nope', message: expect.any(String) },
    ]);
  });
});

describe('offerWarnings', () => {
  const LINK = 'http://track.example:3000/c/k3v9d2m7qa';
  const OFFER = { url: 'https://h.example/?s={clickid}', fallbackUrl: null, payoutMode: 'auto', payout: null } as const;
  const SOURCE = { enabled: true, archivedAt: null };
  const ROWS = { cid: '{sub1}' };

  it('has none for what is right', () => {
    expect(offerWarnings(OFFER, SOURCE, ROWS, true, LINK)).toEqual([]);
    expect(
      offerWarnings({ ...OFFER, fallbackUrl: 'https://h.example/%7B?x={', payoutMode: 'fixed', payout: '0' }, null, ROWS, true, LINK),
    ).toEqual([]);
    // The link of another offer is a fallback like any other.
    expect(offerWarnings({ ...OFFER, fallbackUrl: `${LINK}z` }, null, ROWS, true, LINK)).toEqual([]);
  });

  it.each([
    ['the offer’s token cannot be read', "The offer's token", OFFER, null, {}, false],
    ['the source’s token cannot be read', "The source's token", OFFER, SOURCE, ROWS, false],
    ['no row for the click id', 'cid=REPLACE', OFFER, null, { cid: ' ' }, true],
    ['fixed without a payout', 'payout mode', { ...OFFER, payoutMode: 'fixed' as const }, SOURCE, ROWS, true],
    [
      'a macro in the fallback’s path',
      'fallback',
      { ...OFFER, fallbackUrl: new URL('https://h.example/{clickid}').href },
      SOURCE,
      ROWS,
      true,
    ],
    [
      'a macro in the fallback’s query',
      'fallback',
      { ...OFFER, fallbackUrl: new URL('https://h.example/?a={clickid}').href },
      SOURCE,
      ROWS,
      true,
    ],
    ['its own link as URL', 'very offer', { ...OFFER, url: `${LINK}?sub1={clickid}` }, SOURCE, ROWS, true],
    [
      'its own link as fallback',
      'very offer',
      { ...OFFER, fallbackUrl: 'https://TRACK.example:3000//C/K3V9D2M7QA/?x=1' },
      SOURCE,
      ROWS,
      true,
    ],
    ['a disabled source', 'disabled', OFFER, { ...SOURCE, enabled: false }, ROWS, true],
    ['an archived source', 'archived', OFFER, { ...SOURCE, archivedAt: new Date() }, ROWS, true],
  ])('%s', (_, text, offer, source, rows, hasPostbackUrl) => {
    expect(offerWarnings(offer, source, rows, hasPostbackUrl, LINK)).toEqual([expect.stringContaining(text)]);
  });
});
