import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

/** Of a tracking link: whoever opens it with a token of ours makes a test click. */
export const TEST_PARAMETER = 'cidra_test';
const VALID_MS = 3_600_000;
const SHAPE = /^([0-9a-z]{8,9})\.([\w-]{43})$/;

/** Tokens that mark clicks as tests. A stranger cannot make one, and every process knows ours without asking anybody. */
@Injectable()
export class TestTokenService {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  make(now: number): { token: string; expiresAt: string } {
    const expires = now + VALID_MS;
    const text = Math.floor(expires).toString(36);
    return { token: `${text}.${this.sign(text)}`, expiresAt: new Date(expires).toISOString() };
  }

  isValid(token: string, now: number): boolean {
    const [, expires = '', signature = ''] = SHAPE.exec(token) ?? [];
    return expires !== '' && Number.parseInt(expires, 36) > now && timingSafeEqual(Buffer.from(signature), Buffer.from(this.sign(expires)));
  }

  private sign(text: string): string {
    return createHmac('sha256', this.config.secretKey).update(`cidra test click ${text}`).digest('base64url');
  }
}
