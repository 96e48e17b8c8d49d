import { Reflector } from '@nestjs/core';
import type { ApiKeyRole } from './api-key.entity.js';

/** What a route asks of its caller; one that declares nothing is refused to everybody. `token`: the route checks a token of its own. */
export type Permission = 'public' | 'token' | 'read' | 'write' | 'admin' | 'ops';

/** Declares a route's (or a controller's) permission. */
export const Access = Reflector.createDecorator<Permission>();

const PERMISSIONS: Record<ApiKeyRole, readonly Permission[]> = {
  admin: ['read', 'write', 'admin', 'ops'],
  manager: ['read', 'write'],
  viewer: ['read'],
  ops: ['ops'],
};

export const allows = (role: ApiKeyRole, permission: Permission): boolean => PERMISSIONS[role].includes(permission);
