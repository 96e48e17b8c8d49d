import { describe, expect, test } from '@jest/globals';
import { sentUrl, withClickId } from './sent-url';

const SOURCE = { offerUrlTemplate: '{url}?{cidParameter}={clickid}', cidParameter: 'sid1' };

describe('what becomes of an offer’s URL', () => {
  test.each([
    ['https://shop.example/', '?sid1={clickid}', null],
    ['https://shop.example/?a=1', '&sid1={clickid}', null],
    ['https://shop.example/?a=1#top', '&sid1={clickid}', null],
    ['https://shop.example/?sid1=', '', { name: 'sid1', carriesClickId: false }],
    ['https://shop.example/?a=1&sid1={sub1}', '', { name: 'sid1', carriesClickId: false }],
    ['https://shop.example/?sid1={ClickID}', '', { name: 'sid1', carriesClickId: true }],
    ['https://shop.example/{clickid}?sid1=x', '', { name: 'sid1', carriesClickId: false }],
    ['https://shop.example/{clickid}', '?sid1={clickid}', null],
  ])('%s', (url, added, own) => {
    expect(sentUrl(url, SOURCE)).toEqual({ added, own });
  });

  test('the rest of a template is added also where the parameter is there', () => {
    const source = { ...SOURCE, offerUrlTemplate: '{url}/go?{cidParameter}={clickid}&src=cidra' };
    expect(sentUrl('https://shop.example/x?sid1={clickid}', source)).toEqual({
      added: '/go&src=cidra',
      own: { name: 'sid1', carriesClickId: true },
    });
  });

  test.each([
    ['https://shop.example/?sid1=', 'https://shop.example/?sid1={clickid}'],
    ['https://shop.example/?sid1', 'https://shop.example/?sid1={clickid}'],
    ['https://shop.example/?a=1&sid1={sub1}&b=2#top', 'https://shop.example/?a=1&sid1={clickid}&b=2#top'],
  ])('the click id is put into %s', (url, mended) => {
    expect(withClickId(url, 'sid1')).toBe(mended);
    expect(sentUrl(mended, SOURCE).own).toEqual({ name: 'sid1', carriesClickId: true });
  });
});
