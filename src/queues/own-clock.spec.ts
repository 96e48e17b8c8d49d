import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Troubles } from '../lib/troubles.js';
import { OwnClock } from './own-clock.js';

const QUIET_MS = 3_000;

describe('OwnClock', () => {
  const lines: string[] = [];
  const queue = { name: 'ingest', isPaused: async (): Promise<boolean> => paused };
  let paused = false;
  let due: number[] = [];
  let runs = 0;
  let clock: OwnClock;
  beforeEach(() => {
    jest.useFakeTimers();
    [paused, due, runs] = [false, [], 0];
    lines.length = 0;
    clock = new OwnClock(
      queue,
      new Troubles({ warn: (line) => void lines.push(line) }),
      async () => {
        runs += 1;
        const found = due.length > 0;
        due = [];
        return found;
      },
      QUIET_MS,
    );
    clock.start();
  });
  afterEach(() => {
    clock.stop();
    jest.useRealTimers();
  });
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms).then(() => undefined);

  it('looks once in a while when nothing is due', async () => {
    await pass(30_000);
    expect(runs).toBeGreaterThanOrEqual(6);
    expect(runs).toBeLessThanOrEqual(10);
  });

  it('keeps still while the queue brings jobs, and while one runs', async () => {
    for (let i = 0; i < 20; i++) {
      await clock.job(async () => undefined);
      await pass(1_000);
    }
    const long = clock.job(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
    await pass(59_000);
    expect(runs).toBe(0);
    await pass(1_000);
    await long;
    await pass(QUIET_MS + 1_100);
    expect(runs).toBe(1);
  });

  it('is awake while there is something now and then: it is found within a good second', async () => {
    due = [1];
    await pass(QUIET_MS + 1_100);
    for (let i = 0; i < 10; i++) {
      due = [1];
      await pass(1_100);
      expect(due).toEqual([]);
    }
    const before = runs;
    await pass(60_000);
    expect(runs - before).toBeLessThan(30);
  });

  it('does nothing while the queue is paused, also when it cannot be asked any more', async () => {
    paused = true;
    await pass(20_000);
    expect(runs).toBe(0);
    queue.isPaused = () => new Promise(() => undefined);
    await pass(20_000);
    expect(runs).toBe(0);
  });

  it('goes on when the queue does not answer', async () => {
    queue.isPaused = () => new Promise(() => undefined);
    await pass(20_000);
    expect(runs).toBeGreaterThanOrEqual(3);
    queue.isPaused = async () => paused;
  });
});
