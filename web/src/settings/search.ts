import { oneOf, type RawSearch, type TableSearch, tableSearch } from '../search';

export const SECTIONS = ['me', 'people', 'keys', 'sessions', 'account', 'rates', 'jobs', 'system', 'audit'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** The table's part is of the audit log. */
export interface SettingsSearch extends TableSearch {
  /** Absent: one's own account. */
  section?: SectionName;
}

export const settingsSearch = (raw: RawSearch): SettingsSearch => ({ ...tableSearch(raw), section: oneOf(SECTIONS, raw.section) });
