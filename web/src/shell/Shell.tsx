import { ActionIcon, Loader } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useMay, useSessionEnded } from '../session';
import { useKeys } from '../parts/keys';
import { hasUnsaved } from '../parts/useDraft';
import icon from './icon.svg';
import { PAGES } from './pages';
import { PeriodPicker } from './PeriodPicker';
import { Person } from './Person';
import styles from './Shell.module.css';
import { words } from './strings';

const Palette = lazy(() => import('./Palette'));
const Keys = lazy(() => import('./Keys'));
const ForOthers = lazy(() => import('./ForOthers'));
const Menu = lazy(() => import('./Menu'));
const SignInAgain = lazy(() => import('../sign-in/SignInAgain'));

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const location = useLocation();
  const navigate = useNavigate();
  const ended = useSessionEnded();
  const mayRead = useMay('read');
  const [held, setHeld] = useState(false);
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);

  useEffect(() => setMenu(false), [location.pathname]);
  useEffect(() => {
    // Until the sign-in page is there the shell still stands, and sees its address, too.
    if (!ended || location.pathname === '/sign-in') return;
    if (hasUnsaved()) setHeld(true);
    else void navigate({ to: '/sign-in', search: { next: location.href }, replace: true });
  }, [ended, navigate, location.href, location.pathname]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setPalette((open) => !open);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  useKeys({ '?': () => setKeys(true) });

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {words.skip}
      </a>
      <aside className={styles.side}>
        <Navigation onKeys={() => setKeys(true)} />
      </aside>
      {menu && (
        <Suspense>
          <Menu onClose={() => setMenu(false)}>
            <Navigation onKeys={() => setKeys(true)} />
          </Menu>
        </Suspense>
      )}
      <div className={styles.main}>
        <header className={styles.bar}>
          <ActionIcon className={styles.menu} aria-label={words.menu} onClick={() => setMenu(true)} size="lg">
            <IconMenu2 size={18} />
          </ActionIcon>
          <button type="button" className={styles.search} onClick={() => setPalette(true)}>
            <IconSearch size={14} aria-hidden />
            <span>{words.search}</span>
            <kbd>Ctrl K</kbd>
          </button>
          <PeriodPicker />
        </header>
        <main className={styles.content} id="content" tabIndex={-1}>
          <Suspense fallback={<Loader m="xl" size="sm" type="dots" />}>
            {mayRead || location.pathname === '/settings' ? <Outlet /> : <ForOthers path={location.pathname} />}
          </Suspense>
        </main>
      </div>
      {ended && held && (
        <Suspense>
          <SignInAgain
            onLeave={() => void navigate({ to: '/sign-in', search: { next: location.href }, replace: true, ignoreBlocker: true })}
          />
        </Suspense>
      )}
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} onKeys={() => setKeys(true)} />
        </Suspense>
      )}
      {keys && (
        <Suspense>
          <Keys onClose={() => setKeys(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Navigation({ onKeys }: { onKeys: () => void }) {
  return (
    <>
      <Link to="/" className={styles.brand}>
        <img src={icon} width={24} height={24} alt="" />
        Cidra
      </Link>
      <nav className={styles.nav} aria-label={words.pages}>
        {PAGES.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} className={styles.item} activeProps={{ 'data-active': true }} activeOptions={{ includeSearch: false }}>
            <Icon size={17} stroke={1.7} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <Person onKeys={onKeys} />
    </>
  );
}
