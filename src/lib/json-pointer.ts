/** The JSON pointer one name further (RFC 6901). */
export const pointerTo = (parent: string, name: string): string => `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
