import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compileTemplate } from '../lib/macros.js';
import { joinOfferUrlTemplate, offerUrlTemplateError } from './offer-url-template.js';
import { runs } from '../../test/support/runs.js';

const DEFAULT_TEMPLATE = '{url}?{cidParameter}={clickid}';
const sampled = (template: string) => new URL(compileTemplate(template, new Map([['clickid', () => '01jwnv5c8he1x8rk2m4p6q7s9t']]))(null));

describe('joinOfferUrlTemplate', () => {
  it.each([
    ['https://h.example/a', DEFAULT_TEMPLATE, 'https://h.example/a?aff_sub={clickid}'],
    ['https://h.example', DEFAULT_TEMPLATE, 'https://h.example?aff_sub={clickid}'],
    ['https://h.example/a?b=1', DEFAULT_TEMPLATE, 'https://h.example/a?b=1&aff_sub={clickid}'],
    ['https://h.example/a?', DEFAULT_TEMPLATE, 'https://h.example/a?aff_sub={clickid}'],
    ['https://h.example/a?b=1&', DEFAULT_TEMPLATE, 'https://h.example/a?b=1&aff_sub={clickid}'],
    ['https://h.example/a#f?x', DEFAULT_TEMPLATE, 'https://h.example/a?aff_sub={clickid}#f?x'],
    ['https://h.example/a?aff_sub={cid}', DEFAULT_TEMPLATE, 'https://h.example/a?aff_sub={cid}'],
    ['https://h.example/a?aff%5Fsub=1', DEFAULT_TEMPLATE, 'https://h.example/a?aff%5Fsub=1'],
    ['https://h.example/a?aff_sub', DEFAULT_TEMPLATE, 'https://h.example/a?aff_sub'],
    ['https://h.example/a??aff_sub=1', DEFAULT_TEMPLATE, 'https://h.example/a??aff_sub=1&aff_sub={clickid}'],
    ['https://h.example/a?AFF_SUB=1', DEFAULT_TEMPLATE, 'https://h.example/a?AFF_SUB=1&aff_sub={clickid}'],
    ['https://h.example/a?x=1', '{url}?{CIDPARAMETER}={clickid}&x=2&y={sub1}', 'https://h.example/a?x=1&aff_sub={clickid}&y={sub1}'],
    ['https://h.example/a', '{url}&{cidParameter}={clickid}', 'https://h.example/a?aff_sub={clickid}'],
    ['https://h.example/a', '{url}/{clickid}', 'https://h.example/a/{clickid}'],
    ['https://h.example/a/', '{url}/{clickid}', 'https://h.example/a/{clickid}'],
    ['https://h.example', '{url}/{clickid}', 'https://h.example/{clickid}'],
    ['https://h.example/a?b=1#f', '{url}/{clickid}?c=2', 'https://h.example/a/{clickid}?b=1&c=2#f'],
    ['https://h.example/ab', '{url}b', 'https://h.example/abb'],
    ['https://h.example/a/{clickid}', '{url}/{clickid}', 'https://h.example/a/{clickid}'],
    ['https://h.example', '{url}.evil.example', 'https://h.example/.evil.example'],
    ['https://h.example', '{url}{clickid}', 'https://h.example/{clickid}'],
    ['https://h.example/a', '{url}#x', 'https://h.example/a#x'],
    ['https://h.example/a', '{url}', 'https://h.example/a'],
  ])('%s and %s: %s', (url, template, expected) => {
    expect(joinOfferUrlTemplate(url, template, 'aff_sub')).toBe(expected);
  });

  it('leaves out a parameter without a name', () => {
    expect(joinOfferUrlTemplate('https://h.example/a', `${DEFAULT_TEMPLATE}&x=1`, '')).toBe('https://h.example/a?x=1');
  });

  it('cannot be broken by a parameter name', () => {
    expect(joinOfferUrlTemplate('https://h.example/a', DEFAULT_TEMPLATE, 'a&b=$&#')).toBe(
      'https://h.example/a?a%26b%3D%24%26%23={clickid}',
    );
  });

  it('never changes the host, and adds nothing the second time', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab./?&=#:@\\-', '{clickid}', '{cidParameter}') });
    fc.assert(
      fc.property(text, text, (end, tail) => {
        const url = `https://h.example${end === '' || /^[/?#]/.test(end) ? end : `/${end}`}`;
        const joined = joinOfferUrlTemplate(url, `{url}${tail}`, 'c');
        expect(sampled(joined).origin).toBe('https://h.example');
        expect(joined.startsWith(url.replace(/[?#].*/s, ''))).toBe(true);
        const twice = joinOfferUrlTemplate(joined, `{url}${tail.startsWith('&') ? tail : tail.replace(/^[^?#]*/, '')}`, 'c');
        expect([...sampled(twice).searchParams.keys()]).toEqual([...sampled(joined).searchParams.keys()]);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('offerUrlTemplateError', () => {
  it.each([
    [DEFAULT_TEMPLATE, null],
    ['{url}/{clickid}', null],
    ['{url}', null],
    ['https://r.example/?u={url}', 'must begin with {url}'],
    ['', 'must begin with {url}'],
    ['{url}?a=\n', 'line break'],
  ])('%j: %s', (template, expected) => {
    const error = offerUrlTemplateError(template);
    if (expected === null) expect(error).toBeNull();
    else expect(error).toContain(expected);
  });
});
