import { describe, expect, it } from '@jest/globals';
import { readingOf, saidOf } from './read-parameters';

describe('how a request was read', () => {
  it('names what each parameter counts as', () => {
    const values = {
      cid: 'a',
      payout: '5',
      conversionId: '9',
      params: { param1: 'x' },
      events: { event2: '3' },
      addEvents: { event1: '1' },
    };
    const read = readingOf('clickid=a&SUM=5.00&conversion_id=9&param1=x&event_2=3&add_event1=1&mine=x&foo=bar&status=', values, {
      mine: 'param1',
    });
    expect(read.map(({ sent, name, value }) => [sent, name, value])).toEqual([
      ['clickid', 'cid', 'a'],
      ['SUM', 'payout', '5'],
      ['conversion_id', 'conversion_id', '9'],
      ['param1', 'param1', 'x'],
      ['event_2', 'event2', '3'],
      ['add_event1', 'add_event1', '1'],
      ['mine', 'param1', 'x'],
      ['foo', null, null],
      ['status', 'status', null],
    ]);
  });
});

it('what a request said is known by every name that all sources have', () => {
  expect(saidOf('cid=1&Status=sale&sum=12.5&payout=', 'status')).toBe('sale');
  expect(saidOf('cid=1&sum=12.5&payout=', 'payout')).toBe('12.5');
  expect(saidOf('cid=1', 'currency')).toBeNull();
});
