import { IconTarget } from '@tabler/icons-react';

/** The navigation: a page has a line here, and one in router.tsx. */
export const PAGES = [{ to: '/offers', label: 'Offers', icon: IconTarget, keywords: 'links tracking landing' }] as const;
