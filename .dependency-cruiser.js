/** The arrows of docs/architecture.md, checked: lib ← offer-sources ← offers ← clicks ← postbacks, rates ← clicks and postbacks, reporting → tables only. */
const noun = (name, allowed) => ({
  name: `${name}-arrows`,
  comment: `${name} may use ${allowed.join(', ')} and itself`,
  severity: 'error',
  from: { path: `^src/${name}/`, pathNot: '\\.(controller|dto)\\.ts$' },
  to: { path: '^src/[^/]+/', pathNot: `^src/(lib|http|${[name, ...allowed].join('|')})/` },
});

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'lib-knows-nothing', severity: 'error', from: { path: '^src/lib/' }, to: { path: '^src/', pathNot: '^src/lib/' } },
    noun('rates', []),
    noun('offer-sources', []),
    noun('offers', ['offer-sources']),
    noun('clicks', ['offers', 'offer-sources', 'rates']),
    noun('postbacks', ['offers', 'offer-sources', 'rates']),
    {
      name: 'pure-files',
      comment: 'A file of a business folder or lib without a suffix is pure: no Nest, no TypeORM, no queue, no database, no configuration.',
      severity: 'error',
      from: { path: '^src/(lib|offer-sources|offers|clicks|postbacks|rates|reporting)/[^.]+\\.ts$' },
      to: { path: '(^src/(config|database|queues|tokens)\\.ts$)|(node_modules/(@nestjs|typeorm|bullmq|pg|ioredis)/)' },
    },
    { name: 'nothing-from-tests', severity: 'error', from: { path: '^src/', pathNot: '\\.spec\\.ts$' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
