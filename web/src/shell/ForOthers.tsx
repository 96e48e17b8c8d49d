import { Closed } from '../parts/Closed';
import { Page } from '../parts/Page';
import { words as shared } from '../parts/strings';
import { PAGES } from './pages';
import { words } from './strings';

/** Operators run the tracker and see no figures: pages of these say so. */
export default function ForOthers({ path }: { path: string }) {
  const what = PAGES.find(({ to }) => path.startsWith(to))?.label ?? words.thisPage;
  return (
    <Page title={what}>
      <Closed what={what} who={shared.readers} />
    </Page>
  );
}
