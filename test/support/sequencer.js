import Sequencer from '@jest/test-sequencer';

/**
 * What takes longest, in the order in which it begins: a long one that begins last would have a worker idle meanwhile. Those
 * that harm a tracker under load stand apart, so that two workers never do it at once.
 */
const LONG = [
  'chaos/redis',
  'databases',
  'columns-faults',
  'web/first-offer',
  'chaos/postgres',
  'embedded',
  'embedded-backup',
  'seed',
  'columns',
  'clone',
  'chaos/guards',
  'rotate-secret',
  'start',
  'redis-away',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONG.findIndex((name) => path.endsWith(`/test/${name}.e2e-spec.ts`));
      return at === -1 ? LONG.length : at;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
