import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from '@tanstack/react-router';
import { importsSearch } from './imports/search';
import { offersSearch } from './offers/search';
import { offerSourcesSearch } from './offer-sources/search';
import { answered, api } from './api/client';
import { reportsSearch } from './reports/search';
import { overviewSearch } from './overview/search';
import { ErrorState } from './parts/states';
import { everywhereSearch, parseSearch, type RawSearch, stringifySearch, textOf } from './search';
import { loadSession } from './session';
import { postbacksSearch } from './postbacks/search';
import { conversionsSearch } from './conversions/search';
import { clicksSearch } from './clicks/search';
import { settingsSearch } from './settings/search';
import { setUpSearch } from './set-up/search';
import { wordsSearch } from './words/search';

/** Every page: its address, what the address holds, and the file that is fetched when it is opened. */
const root = createRootRoute({
  validateSearch: everywhereSearch,
  search: { middlewares: [retainSearchParams(['period', 'from', 'to', 'zone'])] },
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
  // The pages before one is signed in do without it.
  component: lazyRouteComponent(() => import('./shell/Shell'), 'Shell'),
  beforeLoad: async ({ location }) => {
    if ((await loadSession()) === null) throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
});

const start = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: async () => {
    // Operators see how the tracker runs, and no figures.
    if ((await loadSession())?.role === 'ops') throw redirect({ to: '/settings', search: { section: 'system' } });
    const [offers, views] = await Promise.all([
      answered(api.GET('/api/v1/offers', { params: { query: { limit: 1 } } })),
      answered(api.GET('/api/v1/views')),
    ]);
    const chosen = views.data.find(({ id }) => id === views.startId);
    const [path, text = ''] = chosen?.address.split('?') ?? [];
    if (path === '/reports') {
      const raw = parseSearch(text);
      throw redirect({ to: path, search: { ...everywhereSearch(raw), ...reportsSearch(raw) } });
    }
    throw redirect({ to: offers.data.length === 0 ? '/set-up' : '/overview' });
  },
});

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/overview',
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import('./overview/Overview')),
});

const offers = createRoute({
  getParentRoute: () => shell,
  path: '/offers',
  validateSearch: offersSearch,
  component: lazyRouteComponent(() => import('./offers/Offers')),
});

const offerSources = createRoute({
  getParentRoute: () => shell,
  path: '/offer-sources',
  validateSearch: offerSourcesSearch,
  component: lazyRouteComponent(() => import('./offer-sources/OfferSources')),
});

const postbacks = createRoute({
  getParentRoute: () => shell,
  path: '/postbacks',
  validateSearch: postbacksSearch,
  component: lazyRouteComponent(() => import('./postbacks/Postbacks')),
});

const conversions = createRoute({
  getParentRoute: () => shell,
  path: '/conversions',
  validateSearch: conversionsSearch,
  component: lazyRouteComponent(() => import('./conversions/Conversions')),
});

const clicks = createRoute({
  getParentRoute: () => shell,
  path: '/clicks',
  validateSearch: clicksSearch,
  component: lazyRouteComponent(() => import('./clicks/Clicks')),
});

const reports = createRoute({
  getParentRoute: () => shell,
  path: '/reports',
  validateSearch: reportsSearch,
  component: lazyRouteComponent(() => import('./reports/Reports')),
});

const setUp = createRoute({
  getParentRoute: () => shell,
  path: '/set-up',
  validateSearch: setUpSearch,
  component: lazyRouteComponent(() => import('./set-up/SetUp')),
});

const statusWords = createRoute({
  getParentRoute: () => shell,
  path: '/words',
  validateSearch: wordsSearch,
  component: lazyRouteComponent(() => import('./words/Words')),
});

const imports = createRoute({
  getParentRoute: () => shell,
  path: '/imports',
  validateSearch: importsSearch,
  component: lazyRouteComponent(() => import('./imports/Imports')),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./settings/Settings')),
});

/** A section of the settings, as the API's answers name it. */
const settingsSection = createRoute({
  getParentRoute: () => shell,
  path: '/settings/$section',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/settings', search: settingsSearch(params), replace: true });
  },
});

/** Any other address: that there is no such page is said beside those there are. */
const nowhere = createRoute({
  getParentRoute: () => shell,
  path: '$',
  component: lazyRouteComponent(() => import('./shell/NotFound'), 'NotFound'),
});

/** One row by its own address, as the API's answers name it: the list with that row open. */
const one = (['/offers', '/offer-sources', '/postbacks', '/conversions', '/clicks'] as const).map((path) =>
  createRoute({
    getParentRoute: () => shell,
    path: `${path}/$id`,
    beforeLoad: ({ params }) => {
      throw redirect({ to: path, search: { open: params.id }, replace: true });
    },
  }),
);

/** A page of ours to go on to, never another site. */
function ownAddress(value: unknown): string | undefined {
  const text = textOf(value);
  return text?.startsWith('/') === true && !/^\/[/\\]/.test(text) ? text : undefined;
}

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    invite,
    shell.addChildren([
      start,
      overview,
      reports,
      offers,
      offerSources,
      postbacks,
      conversions,
      clicks,
      setUp,
      statusWords,
      imports,
      settings,
      settingsSection,
      ...one,
      nowhere,
    ]),
  ]),
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
