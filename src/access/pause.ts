/** Seconds to wait after so many failures: 1, 2, 4 … 60; none after none. */
export const pauseAfter = (failures: number): number => (failures <= 0 ? 0 : Math.min(60, 2 ** Math.min(failures - 1, 6)));
