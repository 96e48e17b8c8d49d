import { describe, expect, it } from '@jest/globals';
import { messageOf } from './message-of.js';

describe('what an error says', () => {
  it.each<[unknown, string]>([
    [new Error('port in use'), 'port in use'],
    [
      new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')]),
      'connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1',
    ],
    [Object.assign(new Error(''), { code: 'EACCES' }), 'EACCES'],
    [new Error('it did not start', { cause: new Error('no space left') }), 'it did not start: no space left'],
    [new Error('no space left on disk', { cause: new Error('no space left') }), 'no space left on disk'],
    [new Error('', { cause: new Error('why') }), 'why'],
    ['a text', 'a text'],
    [undefined, 'no reason was given'],
    [null, 'no reason was given'],
    [new Error(' '), 'no reason was given'],
    [{}, 'no reason was given'],
  ])('%p', (error, text) => {
    expect(messageOf(error)).toBe(text);
  });
});
