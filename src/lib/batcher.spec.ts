import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { Batcher, type BatcherOptions, Overloaded } from './batcher.js';
import { runs } from '../../test/support/runs.js';

/** A batcher whose flushes end when told, and what it flushed. */
function heldBatcher(options: Partial<BatcherOptions<number, string>> = {}) {
  const groups: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const batcher = new Batcher<number, string>({
    maxBuffered: 1000,
    flush: (items) =>
      new Promise((resolve, reject) => {
        groups.push(items);
        ends.push((error) => (error === undefined ? resolve(items.map((i) => `r${i}`)) : reject(error)));
      }),
    ...options,
  });
  return { batcher, groups, end: (flush: number, error?: Error) => ends[flush]?.(error) };
}
const turn = () => new Promise(setImmediate);

describe('Batcher', () => {
  it('flushes a lone item at once', async () => {
    const { batcher, groups, end } = heldBatcher();
    const answer = batcher.add(1);
    await turn();
    expect(groups).toEqual([[1]]);
    end(0);
    expect(await answer).toBe('r1');
  });

  it('gathers while one flush is under way, then flushes in order', async () => {
    const { batcher, groups, end } = heldBatcher();
    const answers = [batcher.add(1)];
    await turn();
    answers.push(batcher.add(2), batcher.add(3));
    await turn();
    answers.push(batcher.add(4));
    await turn();
    answers.push(batcher.add(5));
    await turn();
    expect(groups).toEqual([[1]]);
    expect(batcher.depth).toBe(4);
    end(0);
    await turn();
    expect(groups).toEqual([[1], [2, 3, 4, 5]]);
    expect(batcher.depth).toBe(0);
    end(1);
    expect(await Promise.all(answers)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
  });

  it('cuts groups by number and by bytes; a larger item goes alone', async () => {
    const { batcher, groups, end } = heldBatcher({ maxItems: 3, maxBytes: 10, sizeOf: (n) => n });
    for (const n of [1, 1, 1, 1, 5, 4, 1, 50, 2]) void batcher.add(n);
    for (let flush = 0; flush < 5; flush++) {
      await turn();
      end(flush);
    }
    expect(groups).toEqual([[1, 1, 1], [1, 5, 4], [1], [50], [2]]);
  });

  it('refuses beyond maxBuffered at once and takes items again after a flush', async () => {
    const { batcher, end } = heldBatcher({ maxBuffered: 2 });
    const kept = batcher.add(0);
    await turn();
    void batcher.add(1);
    void batcher.add(2);
    await expect(batcher.add(3)).rejects.toBeInstanceOf(Overloaded);
    end(0);
    await kept;
    await turn();
    void batcher.add(4);
    expect(batcher.depth).toBe(1);
  });

  it('refuses beyond maxBufferedBytes', async () => {
    const { batcher } = heldBatcher({ maxBufferedBytes: 10, sizeOf: (n) => n });
    void batcher.add(6);
    await expect(batcher.add(5)).rejects.toBeInstanceOf(Overloaded);
    void batcher.add(4);
    expect(batcher.depth).toBe(2);
  });

  it('rejects the items of a failed flush, and only those', async () => {
    const { batcher, end } = heldBatcher({ maxItems: 2 });
    const answers = Promise.allSettled([1, 2, 3].map((n) => batcher.add(n)));
    await turn();
    const failure = new Error('disk full');
    end(0, failure);
    await turn();
    end(1);
    expect(await answers).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'r3' },
    ]);
  });

  it('rejects when the flush throws before its promise, and goes on', async () => {
    let broken = true;
    const batcher = new Batcher<number>({
      maxBuffered: 10,
      flush: () => {
        if (broken) throw new Error('no pool');
        return Promise.resolve();
      },
    });
    await expect(batcher.add(1)).rejects.toThrow('no pool');
    broken = false;
    expect(await batcher.add(2)).toBeUndefined();
  });

  it('takes a result too few for an error, never for a success', async () => {
    const batcher = new Batcher<number, number>({ maxBuffered: 10, flush: (items) => Promise.resolve(items.slice(1)) });
    const answers = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
    expect(answers.map((a) => a.status)).toEqual(['rejected', 'rejected']);
  });

  it('drains what it took in and refuses new items after close', async () => {
    const { batcher, groups, end } = heldBatcher({ maxItems: 1 });
    const answers = Promise.allSettled([batcher.add(1), batcher.add(2)]);
    batcher.close();
    const drain = batcher.drain();
    await expect(batcher.add(3)).rejects.toBeInstanceOf(Overloaded);
    await turn();
    end(0);
    await turn();
    expect(await Promise.race([drain, 'still draining'])).toBe('still draining');
    end(1, new Error('last one fails'));
    await drain;
    expect(groups).toEqual([[1], [2]]);
    expect((await answers).map((a) => a.status)).toEqual(['fulfilled', 'rejected']);
  });

  it('drains at once when idle', async () => {
    await heldBatcher().batcher.drain();
  });

  it('keeps order, bounds and answers under any load', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size: fc.integer({ min: 0, max: 40 }), pause: fc.integer({ min: -5, max: 2 }) }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 7 }),
        async (load, maxItems) => {
          const seen: number[] = [];
          let flushing = false;
          const batcher = new Batcher<{ n: number; size: number }, number>({
            maxBuffered: 1000,
            maxBytes: 100,
            maxItems,
            sizeOf: (item) => item.size,
            flush: async (items) => {
              seen.push(...items.map((item) => item.n));
              expect(flushing).toBe(false);
              flushing = true;
              expect(items.length).toBeLessThanOrEqual(maxItems);
              expect(items.reduce((sum, item) => sum + item.size, 0)).toBeLessThanOrEqual(100);
              await sleep(items.length % 3);
              flushing = false;
              return items.map((item) => item.n * 2);
            },
          });
          const answers: Promise<number>[] = [];
          for (const [n, { size, pause }] of load.entries()) {
            answers.push(batcher.add({ n, size }));
            if (pause >= 0) await sleep(pause);
          }
          await batcher.drain();
          expect(seen).toEqual(load.map((_, n) => n));
          expect(await Promise.all(answers)).toEqual(load.map((_, n) => n * 2));
        },
      ),
      { numRuns: runs(25) },
    );
  });
});
