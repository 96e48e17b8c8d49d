import { describe, expect, it } from '@jest/globals';
import { columnsFor } from './columns.js';
import { CLICK_TABLE, readFlag, readRow } from './read-click.js';

const NOW = Date.UTC(2026, 10, 23);
const UTC = { tz: 'UTC', order: null };

describe('columns of a file of clicks', () => {
  it.each([
    [
      'Keitaro',
      ['subid', 'datetime', 'offer', 'sub_id_1', 'sub_id_20', 'user_agent', 'external_id'],
      ['cid', 'createdAt', 'offer', 'sub1', 'sub20', 'userAgent', 'externalId'],
    ],
    [
      'Voluum',
      ['Click ID', 'Visit timestamp', 'Custom variable 3', 'Country code', 'Device type'],
      ['cid', 'createdAt', 'sub3', 'country', 'device'],
    ],
    ['Binom', ['clickid', 'click_time', 't1', 'ua', 'Cost'], ['cid', 'createdAt', 'sub1', 'userAgent', 'cost']],
    ['ours', ['cid', 'createdAt', 'offer', 'sub7', 'referrer'], ['cid', 'createdAt', 'offer', 'sub7', 'referrer']],
    ['a stranger', ['cid', 'createdAt', 'favourite colour', 'click_id'], ['cid', 'createdAt', null, null]],
    ['Excel in Russian', ['ID клика', 'Дата', 'Страна', 'Расход', 'Валюта'], ['cid', 'createdAt', 'country', 'cost', 'costCurrency']],
  ])('of %s', (_name, headers, fields) => {
    expect(columnsFor(headers, CLICK_TABLE, {}).fields).toEqual(fields);
  });
});

describe('a row', () => {
  const read = (said: Record<string, string>) => readRow(Object.keys(said), Object.values(said), UTC, NOW, 'USD');
  const values = (said: Record<string, string>) => {
    const row = read({ cid: 'a-1', createdAt: '2026-11-01', ...said });
    return typeof row === 'string' ? row : row.values;
  };

  it('says its id, its time and the rest', () => {
    expect(read({ cid: 'a-1', createdAt: '2026-11-01', sub1: ' x ' })).toEqual({
      cid: 'a-1',
      createdAt: Date.UTC(2026, 10, 1),
      values: { cid: 'a-1', createdAt: '2026-11-01', sub1: 'x' },
    });
  });

  it.each([
    [{ createdAt: '2026-11-01' }, 'cid is missing'],
    [{ cid: 'a b', createdAt: '2026-11-01' }, /^cid must be/],
    [{ cid: '1.23457E+12', createdAt: '2026-11-01' }, /lost its last digits in Excel/],
    [{ cid: 'a' }, 'createdAt is missing'],
    [{ cid: 'a', createdAt: 'x' }, /no time/],
    [{ cid: 'a', createdAt: '2009-01-01' }, /not from 2010 to now/],
    [{ cid: 'a', createdAt: '2026-11-24' }, /not from 2010 to now/],
    [{ cid: 'a', createdAt: '2026-11-01', cost: 'much' }, /cost "much" is no amount/],
    [{ cid: 'a', createdAt: '2026-11-01', cost: '1,234' }, /no amount/],
    [{ cid: 'a', createdAt: '2026-11-01', cost: '-1' }, /below zero/],
    [{ cid: 'a', createdAt: '2026-11-01', cost: '1', costCurrency: 'Euro €' }, /no amount/],
    [{ cid: 'a', createdAt: '2026-11-01', country: 'Germnay' }, /country "Germnay" is neither/],
  ])('%j is wrong: %s', (said, wrong) => {
    expect(read(said as Record<string, string>)).toEqual(typeof wrong === 'string' ? wrong : expect.stringMatching(wrong));
  });

  it('reads costs and countries whatever wrote them', () => {
    expect(values({ cost: '5E-04' })).toMatchObject({ cost: '0.0005' });
    expect(values({ cost: '0,05', costCurrency: 'eur' })).toMatchObject({ cost: '0.05', costCurrency: 'EUR' });
    expect(values({ cost: '0,05 €' })).toMatchObject({ cost: '0.05', costCurrency: 'EUR' });
    expect(values({ cost: '$0.05' })).toMatchObject({ cost: '0.05' });
    expect(values({ country: 'Germany' })).toMatchObject({ country: 'DE' });
    expect(values({ country: 'usa' })).toMatchObject({ country: 'US' });
  });

  it('reads flags', () => {
    expect(['1', 'Yes', 'true', '0', 'no', 'perhaps', undefined].map(readFlag)).toEqual([true, true, true, false, false, null, null]);
  });
});
