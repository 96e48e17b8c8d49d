/** What HTML makes of the `&` between parameters, left in front of the next name. */
const ESCAPED_AND = /^(?:amp;|#0*38;|#x0*26;)+/i;

/** The name of a parameter without what HTML put in front of it. */
export const mendedName = (name: string): string => (name.includes(';') ? name.replace(ESCAPED_AND, '') : name);
