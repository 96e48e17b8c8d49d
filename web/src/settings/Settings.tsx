import { Link, useSearch } from '@tanstack/react-router';
import type { ComponentType, ReactNode } from 'react';
import { Closed } from '../parts/Closed';
import { Page } from '../parts/Page';
import { type Permission, useMay } from '../session';
import { Account } from './Account';
import { Audit } from './Audit';
import { Jobs } from './Jobs';
import { Keys } from './Keys';
import { Me } from './Me';
import { People } from './People';
import { Rates } from './Rates';
import { SECTIONS, type SectionName } from './search';
import { Sessions } from './Sessions';
import { words } from './strings';
import { System } from './System';
import styles from './Settings.module.css';

const SHOWN: Record<SectionName, { needs?: Permission; show: ComponentType }> = {
  me: { show: Me },
  people: { needs: 'admin', show: People },
  keys: { needs: 'admin', show: Keys },
  sessions: { show: Sessions },
  account: { needs: 'read', show: Account },
  rates: { needs: 'read', show: Rates },
  jobs: { needs: 'read', show: Jobs },
  system: { show: System },
  audit: { needs: 'admin', show: Audit },
};

export default function Settings() {
  const search = useSearch({ from: '/shell/settings' });
  const { section = 'me' } = search;
  const { needs, show: Shown } = SHOWN[section];
  return (
    <Page title={words.title} fill={section === 'audit'} narrow>
      <div className={styles.grid}>
        <nav className={styles.nav} aria-label={words.title}>
          {SECTIONS.map((each) => (
            <Link
              key={each}
              to="/settings"
              search={{ section: each === 'me' ? undefined : each }}
              data-active={each === section}
              aria-current={each === section ? 'page' : undefined}
            >
              {words.sections[each]}
            </Link>
          ))}
        </nav>
        <div className={styles.body}>
          <For needs={needs} what={words.sections[section]}>
            <Shown />
          </For>
        </div>
      </div>
    </Page>
  );
}

/** A role that may not see a section is told so before anything is asked for. */
function For({ needs, what, children }: { needs: Permission | undefined; what: string; children: ReactNode }) {
  const may = useMay(needs ?? 'read');
  if (may || needs === undefined) return children;
  return <Closed what={what} who={words.admins} />;
}
