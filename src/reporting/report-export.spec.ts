import { describe, expect, it } from '@jest/globals';
import { cellsOf, formatOf, headerOf } from './report-export.js';

describe('the format of a report', () => {
  it('is the one named, else the first that Accept names, else JSON', () => {
    expect(formatOf('json', 'text/csv')).toBe('json');
    expect(formatOf('csv', undefined)).toBe('csv');
    expect(formatOf(undefined, 'text/csv')).toBe('csv');
    expect(formatOf(undefined, 'Text/CSV;header=present, application/json;q=0.5')).toBe('csv');
    expect(formatOf(undefined, 'application/x-ndjson')).toBe('ndjson');
    expect(formatOf(undefined, 'application/json, text/csv')).toBe('json');
    expect(formatOf(undefined, 'text/html,application/xhtml+xml,*/*;q=0.8')).toBe('json');
    expect(formatOf(undefined, undefined)).toBe('json');
  });
});

describe('a row as a line', () => {
  it('has name and id of what has both, and the previous period behind', () => {
    const groupBy = ['offer', 'country'];
    const columns = ['clicks', 'profit'];
    expect(headerOf(groupBy, columns, true)).toEqual([
      'offer',
      'offerId',
      'country',
      'clicks',
      'profit',
      'previousClicks',
      'previousProfit',
    ]);
    const row = {
      key: { offer: { id: 'o1', name: '=Red' }, country: 'DE' },
      clicks: 3,
      profit: '-1.5',
      previous: { clicks: 2, profit: '7' },
    };
    expect(cellsOf(row, groupBy, columns)).toEqual(['=Red', 'o1', 'DE', 3, '-1.5', 2, '7']);
  });

  it('leaves empty what there is not', () => {
    expect(headerOf(['offerSource'], ['clicks'], false)).toEqual(['offerSource', 'offerSourceId', 'clicks']);
    expect(cellsOf({ key: { offerSource: null }, clicks: null }, ['offerSource'], ['clicks'])).toEqual([undefined, undefined, null]);
  });
});
