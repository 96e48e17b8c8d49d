import { useQuery } from '@tanstack/react-query';
import { answered, api, ApiProblem } from './api/client';
import { queries, SESSION } from './api/queries';

/** Until openapi.json has the paths. */
interface SignIn {
  key?: string;
  email?: string;
  password?: string;
  invite?: string;
  name?: string;
}
interface Invite {
  name: string | null;
  email: string | null;
}
export interface Session {
  person: { id: string; name: string; email: string | null };
  role: Role;
  timeZone: string;
  version: string;
}
export type Role = 'admin' | 'manager' | 'viewer' | 'ops';
export type Permission = 'read' | 'write' | 'admin' | 'ops';

const MAY: Record<Role, readonly Permission[]> = {
  admin: ['read', 'write', 'admin', 'ops'],
  manager: ['read', 'write'],
  viewer: ['read'],
  ops: ['ops'],
};

/** Who is signed in; null: nobody. */
export async function readSession(): Promise<Session | null> {
  try {
    return (await answered(api.GET('/api/v1/session' as never))) as Session;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

const session = { queryKey: SESSION, queryFn: readSession, staleTime: 60_000 };

export const loadSession = (): Promise<Session | null> => queries.ensureQueryData(session);

/** Of a page inside the shell, which is shown to nobody else. */
export function useSession(): Session {
  const { data } = useQuery(session);
  return data ?? NOBODY;
}
/** While the shell leaves for the sign-in page. */
const NOBODY: Session = { person: { id: '', name: '', email: null }, role: 'viewer', timeZone: 'UTC', version: '' };

export const useSessionEnded = (): boolean => useQuery(session).data === null;

/** Whether the role may do such things; what it may not is said, not offered. */
export function useMay(permission: Permission): boolean {
  return MAY[useSession().role].includes(permission);
}

export async function signIn(said: SignIn): Promise<void> {
  const found = (await answered(api.POST('/api/v1/session' as never, { body: said } as never))) as Session;
  queries.clear();
  queries.setQueryData(SESSION, found);
}

/** Who a one-time link is for. */
export async function readInvite(invite: string): Promise<Invite> {
  return (await answered(api.POST('/api/v1/session/invite' as never, { body: { invite } } as never))) as Invite;
}

export async function signOut(): Promise<void> {
  await answered(api.DELETE('/api/v1/session' as never));
  queries.clear();
  queries.setQueryData(SESSION, null);
}
