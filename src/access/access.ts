import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import { API_KEY_ROLES, type ApiKeyRole } from './api-key.entity.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { IdempotencyInterceptor } from '../http/idempotency.interceptor.js';

/** The permission that a route asks of its caller. A route that declares none is refused to everybody. `token`: the route checks a token of its own; `self`: it is about the caller and open to every role. */
export type Permission = 'public' | 'token' | 'self' | 'read' | 'write' | 'admin' | 'ops';

/** The permission as a route declared it. */
export const Permitted = Reflector.createDecorator<Permission>();

/**
 * Declares a route's (or a controller's) permission. What may change something keeps answers for Idempotency-Key and leaves
 * a row in the audit log; the public routes are spared both. A controller and its route must not both ask for more than `read`.
 */
export function Access(permission: Permission): ReturnType<typeof applyDecorators> {
  const changes = permission === 'self' || permission === 'write' || permission === 'admin' || permission === 'ops';
  const roles = API_KEY_ROLES.filter((role) => allows(role, permission));
  return applyDecorators(
    Permitted(permission),
    ApiExtension('x-roles', roles),
    ...(changes ? [UseInterceptors(IdempotencyInterceptor, AuditInterceptor)] : []),
  );
}

const PERMISSIONS: Record<ApiKeyRole, readonly Permission[]> = {
  admin: ['self', 'read', 'write', 'admin', 'ops'],
  manager: ['self', 'read', 'write'],
  viewer: ['self', 'read'],
  ops: ['self', 'ops'],
};

export const allows = (role: ApiKeyRole, permission: Permission): boolean => PERMISSIONS[role].includes(permission);

/** Whether the caller may see tokens of postback URLs: whoever knows one can make conversions, so roles that only read may not. */
export const seesTokens = ({ caller }: { caller?: { role: ApiKeyRole } }): boolean => caller !== undefined && allows(caller.role, 'write');
