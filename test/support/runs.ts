/**
 * How often a property is tried: all of it in the whole suite, a hundredth in `npm run test:unit`, which is to be done
 * before one has looked away.
 */
export const runs = (whole: number): number => Math.max(5, Math.round(whole / (process.env.QUICK ? 100 : 1)));
