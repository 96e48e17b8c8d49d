import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from '@tanstack/react-router';
import { offersSearch } from './offers/search';
import { ErrorState } from './parts/states';
import { everywhereSearch, parseSearch, type RawSearch, stringifySearch, textOf } from './search';
import { loadSession } from './session';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

/** Every page: its address, what the address holds, and the file that is fetched when it is opened. */
const root = createRootRoute({
  validateSearch: everywhereSearch,
  search: { middlewares: [retainSearchParams(['period', 'from', 'to', 'zone'])] },
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (raw: RawSearch): { next?: string } => ({ next: ownAddress(raw.next) }),
  component: lazyRouteComponent(() => import('./sign-in/SignIn')),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('./sign-in/Invite')),
});

/** Inside: only who is signed in; else the sign-in page, which leads back here. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location }) => {
    if ((await loadSession()) === null) throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
});

const start = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/offers' });
  },
});

const offers = createRoute({
  getParentRoute: () => shell,
  path: '/offers',
  validateSearch: offersSearch,
  component: lazyRouteComponent(() => import('./offers/Offers')),
});

/** A page of ours to go on to, never another site. */
function ownAddress(value: unknown): string | undefined {
  const text = textOf(value);
  return text?.startsWith('/') === true && !/^\/[/\\]/.test(text) ? text : undefined;
}

export const router = createRouter({
  routeTree: root.addChildren([signIn, invite, shell.addChildren([start, offers])]),
  basepath: '/app',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
