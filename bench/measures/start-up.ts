import type { Bench, Measurement } from '../bench.js';
import { Figures } from '../figures.js';

/** What `npm start` takes until it listens, without compiling: on a new data folder, and on one it has used before. */
export const startUp: Measurement = {
  name: 'start-up',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('start-up');
    for (let round = 0; round < bench.options.rounds; round++) {
      const folder = bench.folder();
      for (const what of ['new data folder', 'existing data folder']) {
        const process = await bench.embedded(folder.path);
        figures.add(what, 's', process.startMs / 1_000);
        await bench.stop(process);
      }
      folder.remove();
    }
    return figures.all();
  },
};
