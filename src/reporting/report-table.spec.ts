import { describe, expect, it } from '@jest/globals';
import { csvOf } from '../http/table.js';
import { tableOf, type ExportedRow } from './report-table.js';

const ROW: ExportedRow = {
  key: { offer: { id: 'o1', name: '=Red' }, country: 'DE' },
  clicks: 3,
  profit: '-1.5',
  cr: '0.0125',
  previous: { clicks: 2, profit: '7', cr: null },
};
const lines = (percent: boolean, decimal: 'point' | 'comma' = 'point'): string => {
  const { head, lines: text } = csvOf(tableOf(['offer', 'country'], ['clicks', 'profit', 'cr'], true, percent), {
    delimiter: ';',
    bom: false,
    decimal,
  });
  return head + text([ROW]);
};

describe('a report as a file', () => {
  it('has name and id of what has both, and the previous period behind', () => {
    expect(lines(false)).toBe(
      "offer;offerId;country;clicks;profit;cr;previousClicks;previousProfit;previousCr\n'=Red;o1;DE;3;-1.5;0.0125;2;7;\n",
    );
  });

  it('names percent as percent, and has a decimal comma in amounts only', () => {
    expect(lines(true, 'comma')).toBe(
      "offer;offerId;country;clicks;profit;cr %;previousClicks;previousProfit;previousCr %\n'=Red;o1;DE;3;-1,5;1,25;2;7;\n",
    );
  });

  it('leaves empty what there is not', () => {
    const { head, lines: text } = csvOf(tableOf(['offerSource'], ['clicks'], false, false), {
      delimiter: ',',
      bom: false,
      decimal: 'point',
    });
    expect(head + text([{ key: { offerSource: null }, clicks: null }])).toBe('offerSource,offerSourceId,clicks\n,,\n');
  });
});
