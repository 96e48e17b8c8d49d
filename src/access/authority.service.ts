import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { Problem } from '../http/problem.js';
import { clientIp, parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';
import { allows, type Permission } from './access.js';
import { ApiKeysService, type Caller } from './api-keys.service.js';
import { sessionToken } from './cookie.js';
import { SessionsService } from './sessions.service.js';
import { slowed, SlowingService } from './slowing.service.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD']);
/** Of several proxies the first, which the visitor came to. */
const HTTPS = /^\s*https\s*(?:,|$)/i;
const FOREIGN_SITE = /^(cross-site|same-site)$/;

/** Who sends a request, and whether the role allows it. */
@Injectable()
export class AuthorityService {
  private readonly trusted: IpRanges;
  /** At home on https, where a plain cookie counts for nothing. */
  private readonly isSecure: boolean;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly keys: ApiKeysService,
    private readonly sessions: SessionsService,
    private readonly slowing: SlowingService,
  ) {
    this.trusted = parseIpRanges(config.trustProxy).ranges;
    this.isSecure = config.publicUrl.startsWith('https:');
  }

  /**
   * Finds the caller: by `Authorization: Bearer KEY`, or Basic with the key as the password, which is what a browser can
   * do; without such a header by the session's cookie, which never works beside one.
   * @param marked whether changes by a session need the page's own header; the pages of others cannot send it
   * @throws Problem 401 without a valid key or session, 403 when the role does not suffice or another site made the browser ask
   */
  async authorise(request: FastifyRequest, reply: FastifyReply, permission: Permission | undefined, marked = true): Promise<void> {
    const { authorization } = request.headers;
    const caller = authorization === undefined ? await this.bySession(request, marked) : this.byKey(request, authorization);
    if (caller === null) {
      challenge(request, reply);
      throw new Problem(401, 'unauthorized', 'Send a valid API key: Authorization: Bearer KEY. People sign in at /app.');
    }
    if (permission === undefined || !allows(caller.role, permission)) {
      throw new Problem(403, 'forbidden', `The role ${caller.role} may not do this.`);
    }
    request.caller = caller;
  }

  /** Whether the session's cookie is to be bound to https. Behind a proxy the browser's Origin tells, or the proxy that TRUST_PROXY names. */
  secure({ headers, socket }: FastifyRequest): boolean {
    return (
      this.isSecure ||
      (headers.origin ?? '').startsWith('https:') ||
      (HTTPS.test(String(headers['x-forwarded-proto'] ?? '')) && this.trusted.contains(socket.remoteAddress ?? ''))
    );
  }

  token(request: FastifyRequest): string | null {
    return sessionToken(request.headers.cookie, this.isSecure);
  }

  origin(request: FastifyRequest): { address: string | null; agent: string | undefined } {
    return {
      address: clientIp(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.trusted),
      agent: request.headers['user-agent'],
    };
  }

  /** @throws Problem 429 for an address that has sent many wrong keys */
  private byKey(request: FastifyRequest, header: string): Caller | null {
    const [, scheme = '', credentials = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
    const isBasic = /^basic$/i.test(scheme);
    let key = '';
    if (/^bearer$/i.test(scheme)) key = credentials;
    else if (isBasic)
      key = Buffer.from(credentials, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '');
    const caller = key === '' ? null : this.keys.find(key);
    if (caller === null) {
      const pause = this.slowing.wrongKey(this.origin(request).address);
      if (pause > 0) throw slowed(pause);
      return null;
    }
    // A browser sends Basic credentials along with requests that another site has made it send.
    if (isBasic && !SAFE_METHODS.has(request.method) && FOREIGN_SITE.test(String(request.headers['sec-fetch-site'] ?? ''))) {
      throw new Problem(403, 'forbidden', 'This request comes from another site. Use Authorization: Bearer KEY.');
    }
    return caller;
  }

  private async bySession(request: FastifyRequest, marked: boolean): Promise<Caller | null> {
    const token = this.token(request);
    const caller = token === null ? null : await this.sessions.find(token);
    if (caller === null || SAFE_METHODS.has(request.method)) return caller;
    if (!isSameOrigin(request) || (marked && request.headers['x-cidra-page'] !== '1'))
      throw new Problem(
        403,
        'forbidden',
        'A session changes things from the page only: X-Cidra-Page: 1 and a same-origin Sec-Fetch-Site. Programs use a key.',
      );
    return caller;
  }
}

/** Browsers tell the site on https and on localhost; on plain http elsewhere the Origin does, which they send with every change. */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && host !== undefined && origin === `http://${host}`;
}

/** A page's own request must not make the browser ask for name and password. */
function challenge({ headers }: FastifyRequest, reply: FastifyReply): void {
  const mode = headers['sec-fetch-mode'];
  const isNavigation = headers['x-cidra-page'] === undefined && (mode === undefined || mode === 'navigate');
  // Two lines: some browsers do not find Basic behind another scheme on the same one.
  const basic = 'Basic realm="Cidra: any name, the API key as password", charset="UTF-8"';
  void reply.header('WWW-Authenticate', isNavigation ? ['Bearer', basic] : ['Bearer']);
}
