/** Where one was led lately, newest first: a habit of this browser, apart for each person. */
export interface Recent {
  kind: string;
  label: string;
  href: string;
}

const MOST = 5;
const keyOf = (personId: string): string => `cidra.recent.${personId}`;

export function recents(personId: string): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(personId)) ?? '[]');
    return Array.isArray(kept) ? (kept as Recent[]) : [];
  } catch {
    return [];
  }
}

export function remember(personId: string, { kind, label, href }: Recent): void {
  const others = recents(personId).filter((each) => each.href !== href);
  localStorage.setItem(keyOf(personId), JSON.stringify([{ kind, label, href }, ...others].slice(0, MOST)));
}
