import { useQuery } from '@tanstack/react-query';
import { answered, api, ApiProblem, type Schemas } from './api/client';
import { queries, SESSION } from './api/queries';

export type Session = Schemas['SignedIn'];
export type Role = Session['role'];
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
    return await answered(api.GET('/api/v1/session'));
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
  last = data ?? last;
  return last;
}
/** Who it was, while the shell leaves for the sign-in page, or asks to sign in again above what is not saved yet. */
let last: Session = { person: { id: '', name: '', email: null }, role: 'viewer', timeZone: 'UTC', version: '' };

export const useSessionEnded = (): boolean => useQuery(session).data === null;

/** Whether the role may do such things; what it may not is said, not offered. */
export function useMay(permission: Permission): boolean {
  return MAY[useSession().role].includes(permission);
}

export async function signIn(said: Schemas['SignIn']): Promise<void> {
  const found = await answered(api.POST('/api/v1/session', { body: said }));
  queries.clear();
  queries.setQueryData(SESSION, found);
}

/** After a session has ended in the middle of work: what is on the screen stays for whom it belongs to. Somebody else begins anew. */
export async function signInAgain(said: Schemas['SignIn']): Promise<void> {
  const found = await answered(api.POST('/api/v1/session', { body: said }));
  if (found.person.id !== last.person.id) return window.location.assign('/app');
  queries.setQueryData(SESSION, found);
  void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}

/** Who a one-time link is for. */
export async function readInvite(invite: string): Promise<Schemas['InviteAnswer']> {
  return answered(api.POST('/api/v1/session/invite', { body: { invite } }));
}

export async function signOut(): Promise<void> {
  await answered(api.DELETE('/api/v1/session'));
  // Who looks at the session is told that it is over; then what the next person must not see is forgotten.
  queries.setQueryData(SESSION, null);
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}
