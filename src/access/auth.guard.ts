import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allows, Permitted, type Permission } from './access.js';
import { ApiKeysService, type Caller } from './api-keys.service.js';
import { Problem } from '../http/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD']);
const FOREIGN_SITE = /^(cross-site|same-site)$/;

/** Deny by default: a route without a declared permission is refused to every key. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeysService,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(Permitted, [context.getHandler(), context.getClass()]);
    if (permission === 'public' || permission === 'token') return true;
    const http = context.switchToHttp();
    authorise(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), permission, this.keys);
    return true;
  }
}

/**
 * Finds the caller by `Authorization: Bearer KEY`, or Basic with the key as the password, which is what a browser can do.
 * @throws Problem 401 without a valid key, 403 when its role does not suffice
 */
export function authorise(request: FastifyRequest, reply: FastifyReply, permission: Permission | undefined, keys: ApiKeysService): void {
  const header = request.headers.authorization ?? '';
  const [scheme = '', credentials = ''] = header.split(' ', 2);
  let key = '';
  if (/^bearer$/i.test(scheme)) key = credentials;
  else if (/^basic$/i.test(scheme))
    key = Buffer.from(credentials, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '');
  const caller = key === '' ? null : keys.find(key);
  if (caller === null) {
    // Two lines: some browsers do not find Basic behind another scheme on the same one.
    void reply.header('WWW-Authenticate', ['Bearer', 'Basic realm="Cidra: any name, the API key as password", charset="UTF-8"']);
    throw new Problem(401, 'unauthorized', 'Send a valid API key: Authorization: Bearer KEY.');
  }
  // A browser sends Basic credentials along with requests that another site has made it send.
  if (/^basic$/i.test(scheme) && !SAFE_METHODS.has(request.method) && FOREIGN_SITE.test(String(request.headers['sec-fetch-site'] ?? ''))) {
    throw new Problem(403, 'forbidden', 'This request comes from another site. Use Authorization: Bearer KEY.');
  }
  if (permission === undefined || !allows(caller.role, permission)) {
    throw new Problem(403, 'forbidden', `The role ${caller.role} may not do this.`);
  }
  request.caller = caller;
}
