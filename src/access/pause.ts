/** How many seconds to wait after a number of failures: 1, 2, 4 … 60. Without a failure there is no wait. */
export const pauseAfter = (failures: number): number => (failures <= 0 ? 0 : Math.min(60, 2 ** Math.min(failures - 1, 6)));
