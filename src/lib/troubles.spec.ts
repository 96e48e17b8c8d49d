import { describe, expect, it } from '@jest/globals';
import { Troubles } from './troubles.js';

describe('Troubles', () => {
  let now = 0;
  const lines: string[] = [];
  const troubles = new Troubles({ warn: (line: string) => lines.push(line) }, () => now);

  it('says the same once a minute, with how often it came, and other things at once', () => {
    const refused = Object.assign(
      new AggregateError([new Error('connect ECONNREFUSED ::1:6379'), new Error('connect ECONNREFUSED 127.0.0.1:6379')]),
      {
        code: 'ECONNREFUSED',
      },
    );
    for (let i = 0; i < 100; i++) {
      troubles.say('Queue', refused);
      now += 300;
    }
    expect(lines).toEqual(['Queue: connect ECONNREFUSED ::1:6379; connect ECONNREFUSED 127.0.0.1:6379']);
    troubles.say('Queue', new Error('OOM command not allowed\n    at line 3'));
    expect(lines.at(-1)).toBe('Queue: OOM command not allowed');
    now = 60_000;
    troubles.say('Queue', refused);
    expect(lines.at(-1)).toBe(
      'Queue: connect ECONNREFUSED ::1:6379; connect ECONNREFUSED 127.0.0.1:6379 (99 times more in the last minute)',
    );
    expect(lines).toHaveLength(3);
  });
});
