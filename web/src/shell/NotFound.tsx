import { IconMapQuestion } from '@tabler/icons-react';
import { ButtonLink } from '../parts/links';
import { Page } from '../parts/Page';
import { State } from '../parts/states';
import { words } from './strings';

export function NotFound() {
  return (
    <Page title={words.notFound}>
      <State
        icon={<IconMapQuestion size={22} />}
        title={words.notFoundHint}
        actions={
          <ButtonLink to="/" variant="default">
            {words.toStart}
          </ButtonLink>
        }
      />
    </Page>
  );
}
