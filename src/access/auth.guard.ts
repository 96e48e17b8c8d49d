import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Permitted, type Permission } from './access.js';
import { AuthorityService } from './authority.service.js';

/** Deny by default: a route without a declared permission is refused to everybody. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authority: AuthorityService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(Permitted, [context.getHandler(), context.getClass()]);
    if (permission === 'public' || permission === 'token') return true;
    const http = context.switchToHttp();
    return this.authority.authorise(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), permission).then(() => true);
  }
}
