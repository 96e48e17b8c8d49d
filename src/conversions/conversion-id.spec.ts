import { describe, expect, it } from '@jest/globals';
import { uuidAt, uuidToCid } from '../lib/ids.js';
import { conversionId, parseConversionId } from './conversion-id.js';

const clickId = uuidAt(1_764_000_000_000, 'min');
const cid = uuidToCid(clickId);

describe('conversion ids', () => {
  it('are the click id for the plain key', () => {
    expect(conversionId(clickId, '')).toBe(cid);
    expect(parseConversionId(cid)).toEqual({ clickId, key: '' });
  });

  it('carry any other key, and bring it back', () => {
    for (const key of ['t:T-1001', 's:reg', 't:заказ/7 ?&~', `n:${clickId}`, `t:${'x'.repeat(191)}`]) {
      const id = conversionId(clickId, key);
      expect(id).toMatch(/^[0-9a-z]{26}~[A-Za-z0-9_-]+$/);
      expect(parseConversionId(id)).toEqual({ clickId, key });
    }
  });

  it('are found in any letter case of the click id', () => {
    expect(parseConversionId(cid.toUpperCase())).toEqual({ clickId, key: '' });
  });

  it('are refused when they are not ours', () => {
    for (const id of ['', 'abc', `${cid}~`, `${cid}~!!`, `${cid}~dDox=`, `${cid}~AA`, `${cid}~_w`, 'zzzzzzzzzzzzzzzzzzzzzzzzzz'])
      expect(parseConversionId(id)).toBeNull();
  });
});
