import {
  IconAffiliate,
  IconClick,
  IconCoins,
  IconFileImport,
  IconLayoutDashboard,
  IconRadar2,
  IconReportAnalytics,
  IconRocket,
  IconSettings,
  IconTarget,
  IconVocabulary,
} from '@tabler/icons-react';

/** The navigation: a page has a line here, and one in router.tsx. */
export const PAGES = [
  { to: '/overview', label: 'Overview', icon: IconLayoutDashboard, keywords: 'start attention dashboard' },
  { to: '/reports', label: 'Reports', icon: IconReportAnalytics, keywords: 'figures statistics revenue drill down export' },
  { to: '/set-up', label: 'Set-up', icon: IconRocket, keywords: 'start first network test' },
  { to: '/offers', label: 'Offers', icon: IconTarget, keywords: 'links tracking landing' },
  { to: '/offer-sources', label: 'Offer sources', icon: IconAffiliate, keywords: 'networks postback url link builder' },
  { to: '/conversions', label: 'Conversions', icon: IconCoins, keywords: 'sales leads money status payout' },
  { to: '/postbacks', label: 'Postback log', icon: IconRadar2, keywords: 'log requests replay dry run live' },
  { to: '/clicks', label: 'Clicks', icon: IconClick, keywords: 'visitors erase personal data log' },
  { to: '/words', label: 'Words', icon: IconVocabulary, keywords: 'status unmapped meaning map hold' },
  { to: '/imports', label: 'Imports', icon: IconFileImport, keywords: 'file csv statement reconcile keitaro excel rates' },
  { to: '/settings', label: 'Settings', icon: IconSettings, keywords: 'people keys sessions rates zone words audit jobs system password' },
] as const;
