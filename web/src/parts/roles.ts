import type { Role } from '../session';

/** Roles as people call them. */
export const roleNames: Record<Role, string> = { admin: 'Administrator', manager: 'Manager', viewer: 'Viewer', ops: 'Operator' };

/** `Your role is Viewer`. */
export const yourRole = (role: Role): string => `Your role is ${roleNames[role]}`;
