/**
 * The arrows of docs/architecture.md ("Rooms"), checked, imports of types included: a room may use itself, the rooms
 * below it, and configuration. Nothing else in `src` is imported by a room.
 */
const BELOW = {
  lib: [],
  db: ['lib'],
  queues: ['lib', 'db'],
  http: ['lib', 'db'],
  access: ['lib', 'db', 'queues', 'http'],
};
const base = ['lib', 'db', 'queues', 'http', 'access'];
BELOW.rates = base;
BELOW['offer-sources'] = base;
BELOW.statuses = [...base, 'offer-sources'];
BELOW.offers = [...BELOW.statuses, 'statuses'];
BELOW.clicks = [...BELOW.offers, 'offers', 'rates'];
BELOW.conversions = [...BELOW.clicks, 'clicks'];
BELOW.postbacks = [...BELOW.conversions, 'conversions'];
BELOW.imports = [...BELOW.postbacks, 'postbacks'];
// What the page asks beyond lists.
BELOW.desk = [...BELOW.imports, 'imports', 'reporting'];
// Reports read tables, never another room's code.
BELOW.reporting = [...base, 'offer-sources'];

const room = ([name, below]) => ({
  name: `${name}-looks-up`,
  comment: `src/${name} may use ${[...below, name].join(', ')}, src/config.ts and src/version.ts`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: `^src/((config|version)\\.ts$|(${[...below, name].join('|')})/)` },
});

export default {
  forbidden: [
    { name: 'no-cycles', comment: 'No circles at all, imports of types included.', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(BELOW).map(room),
    {
      name: 'pure-files',
      comment: 'A file of a room without a suffix is pure: no Nest, no TypeORM, no queue, no database, no configuration.',
      severity: 'error',
      from: { path: '^src/(lib|offer-sources|offers|statuses|clicks|conversions|postbacks|imports|rates|reporting)/[^.]+\\.ts$' },
      to: {
        path: '(^src/(config\\.ts$|db/|queues/))|(node_modules/(@nestjs|typeorm|bullmq|pg|ioredis)/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'page-takes-pure-files',
      comment: 'The page shares rules with the program: files without a suffix, nothing that knows Nest or a database.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/(lib|offer-sources|offers|statuses|conversions|rates)/[^.]+\\.ts$' },
    },
    {
      name: 'nothing-from-tests',
      comment: 'The program knows neither its tests nor its bench.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
