/** A text that is wholly one macro in any network's delimiters, or a placeholder word (docs/reference.md#parameters). `[=x=]` is matched as `[x]`. */
const UNRESOLVED =
  /^(?:REPLACE|OPTIONAL|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\{\{\{[^{}]*\}\}\}|\[[^[\]]*\]|\[\[\[[^[\]]*\]\]\]|#[^#]+#|##[^#]+##|%[^%]+%|%%[^%]+%%|__[A-Za-z0-9](?:_?[A-Za-z0-9.:-])*__|<[^<>]*>)$/;

/** What one can begin with; most values do not. */
const FIRST = new Set('RO{$[#%_<');

/** A macro that somebody left in place; panels that encode a URL once too often leave it encoded. */
export function isUnresolved(value: string): boolean {
  if (!FIRST.has(value.charAt(0))) return false;
  if (UNRESOLVED.test(value)) return true;
  if (!value.includes('%')) return false;
  try {
    return UNRESOLVED.test(decodeURIComponent(value));
  } catch {
    return false;
  }
}
