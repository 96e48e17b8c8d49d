import { describe, expect, it } from '@jest/globals';
import type { Network } from './network.js';
import { findNetwork } from './networks.js';
import { linkBuilderErrors, newSource, sourceErrors, sourceWarnings, type SourceFields, tidySource } from './source-rules.js';

function network(key: string): Network {
  const found = findNetwork(key);
  if (found === null) throw new Error(`no network ${key}`);
  return found;
}
const pointers = (fields: Partial<SourceFields>): string[] => sourceErrors(fields).map((error) => error.pointer);
const words = (map: Record<string, string>): Partial<SourceFields> => ({ statusMap: map as SourceFields['statusMap'] });

describe('sourceErrors', () => {
  it('finds nothing in what is right', () => {
    expect(
      sourceErrors({
        offerUrlTemplate: '{url}/{clickid}',
        linkBuilder: { cid: '{sub1}', event1: '1', payout: '' },
        statusMap: { 'Commission Void': 'reversed', x: 'ignored', y: 'unmapped' },
        allowedIps: ['203.0.113.0/24', '2001:db8::1'],
        parameterAliases: { Goal_Value: 'payout', amount: 'param1' },
      }),
    ).toEqual([]);
    expect(sourceErrors({})).toEqual([]);
  });

  it('names all that is wrong at once', () => {
    expect(
      pointers({
        offerUrlTemplate: 'https://x.example/{url}',
        linkBuilder: { click: '1' },
        statusMap: { a: 'sold' as 'approved' },
        allowedIps: ['10.0.0.1', '10.0.0.0/40'],
        parameterAliases: { payout: 'txid' },
        legacyEncoding: 'utf-8',
      }),
    ).toEqual(['/offerUrlTemplate', '/linkBuilder/click', '/statusMap/a', '/allowedIps/1', '/parameterAliases/payout', '/legacyEncoding']);
  });

  it.each([' ', 'a'.repeat(65), 'a\nb', '\ud800'])('refuses the status word %j', (word) =>
    expect(pointers(words({ [word]: 'approved' }))).toHaveLength(1),
  );
  it.each(['toString', 'Approved', ''])('refuses the meaning %j', (meaning) =>
    expect(pointers(words({ a: meaning }))).toEqual(['/statusMap/a']),
  );
  it.each([
    ['a b', 'payout'],
    ['', 'payout'],
    ['x', 'constructor'],
    ['CID', 'payout'],
    ['x', 'revenue'],
  ])('refuses the alias %j for %s', (alias, canonical) => {
    expect(pointers({ parameterAliases: { [alias]: canonical } })).toEqual([`/parameterAliases/${alias}`]);
  });
});

it.each([[5], [null], [{}], ['x'.repeat(501)], ['a\0b'], ['\udc00']])('linkBuilderErrors refuses the text %j', (text) => {
  expect(linkBuilderErrors({ cid: text }).map((error) => error.pointer)).toEqual(['/linkBuilder/cid']);
});

it('refuses a word that is to mean two things, however it is spelt', () => {
  expect(pointers(words({ 'a-b': 'approved', 'A B': 'rejected' }))).toEqual(['/statusMap/A B']);
  expect(pointers(words({ 'a-b': 'approved', 'A B': 'approved' }))).toEqual([]);
});

it('tidySource keeps words as they are looked up, and adds no field', () => {
  expect(tidySource({ statusMap: { ' FTD ': 'approved' }, parameterAliases: { Goal: 'status' }, defaultCurrency: 'eur' })).toEqual({
    statusMap: { ftd: 'approved' },
    parameterAliases: { goal: 'status' },
    defaultCurrency: 'EUR',
  });
  expect(Object.keys(tidySource({ defaultCurrency: null }))).toEqual(['defaultCurrency']);
});

describe('newSource', () => {
  it('takes from the template what it knows, and the defaults', () => {
    const affise = network('affise');
    expect(newSource(affise, { name: 'A' })).toEqual({
      name: 'A',
      template: 'affise',
      cidParameter: 'sub1',
      offerUrlTemplate: '{url}?{cidParameter}={clickid}',
      linkBuilder: affise.linkBuilder,
      statusMap: affise.statusMap,
      defaultStatus: 'approved',
      defaultCurrency: null,
      duplicateMode: 'update',
      retryWindowSeconds: 600,
      transitionPolicy: 'guarded',
      amountSign: 'absolute',
      clickExpiryDays: null,
      eventMakesConversion: false,
      allowedIps: [],
      requireToken: true,
      successBody: null,
      parameterAliases: {},
      legacyEncoding: null,
      enabled: true,
    });
  });

  it('lets what is given win, in tables row by row', () => {
    const source = newSource(network('affise'), {
      name: 'A',
      cidParameter: 'sub2',
      linkBuilder: { cid: '{sub2}' },
      statusMap: { 2: 'approved', NEW: 'pending' },
      defaultCurrency: 'usd',
    });
    expect(source).toMatchObject({
      cidParameter: 'sub2',
      defaultCurrency: 'USD',
      linkBuilder: { cid: '{sub2}', payout: '{sum}' },
      statusMap: { 1: 'approved', 2: 'approved', new: 'pending' },
    });
  });
});

describe('sourceWarnings', () => {
  const warningsOf = (key: string, fields: Partial<SourceFields> = {}, archivedAt: Date | null = null): string[] =>
    sourceWarnings({ ...newSource(network(key), { name: 'A', ...fields }), archivedAt }, network(key));

  it.each<[string, Partial<SourceFields>, string[]]>([
    ['affise', {}, []],
    ['impact', {}, ['Disputed: ', 'Disputed: ', 'Disputed: ']],
    ['custom', {}, ['cid=REPLACE', 'No click id travels', 'No status travels']],
    ['custom', { cidParameter: 'sub1', linkBuilder: { cid: '{sub1}', status: '{s}' } }, []],
    ['custom', { offerUrlTemplate: '{url}/{CID}', linkBuilder: { cid: '{x}', status: '{s}' } }, []],
    ['affise', { offerUrlTemplate: '{url}?{cidParameter}={sub1}' }, ['No click id travels']],
    ['affise', { enabled: false }, ['disabled']],
    ['maxbounty', {}, []],
  ])('of %s with %j', (key, fields, expected) => {
    expect(warningsOf(key, fields)).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  it('says when it is archived', () => expect(warningsOf('affise', {}, new Date())).toEqual([expect.stringContaining('archived')]));
});
