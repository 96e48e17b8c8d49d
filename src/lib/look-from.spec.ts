import { describe, expect, it } from '@jest/globals';
import { LookFrom } from './look-from.js';

describe('where a look at a queue begins', () => {
  const looks = (): { look: LookFrom; pass: (ms: number) => void } => {
    let now = 5_000;
    return { look: new LookFrom(() => now), pass: (ms) => (now += ms) };
  };

  it('at the beginning, first and whenever that costs nothing', () => {
    const { look, pass } = looks();
    expect(look.next()).toBeNull();
    look.looked(null, 1_000_000, 0);
    expect(look.next()).toBeNull();
    look.looked(null, 1_000_000, 1);
    pass(20);
    expect(look.next()).toBeNull();
  });

  it('a little before where the last one ended, until twenty times what a look from the beginning took has passed', () => {
    const { look, pass } = looks();
    look.looked(null, 1_000_000, 100);
    expect(look.next()).toBe(999_800);
    pass(1_000);
    look.looked(999_800, 1_001_000, 2);
    expect(look.next()).toBe(1_000_800);
    pass(999);
    expect(look.next()).toBe(1_000_800);
    pass(1);
    expect(look.next()).toBeNull();
    look.looked(null, 1_002_000, 3);
    expect(look.next()).toBe(1_001_800);
    pass(60);
    expect(look.next()).toBeNull();
  });

  it('at the beginning, when something was given back', () => {
    const { look } = looks();
    look.looked(null, 1_000_000, 100);
    look.givenBack();
    expect(look.next()).toBeNull();
    look.looked(null, 1_000_000, 100);
    expect(look.next()).toBe(999_800);
  });
});
