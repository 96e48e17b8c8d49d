// Loaded before a worker: keeps the statements of its drains, with their values, and writes them to BENCH_RECORD on SIGUSR2.
import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import pg from 'pg';

const transactions = [];
const open = new WeakMap();
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (config, ...rest) {
  if (config === 'BEGIN') open.set(this, { ids: [], statements: [] });
  const transaction = open.get(this);
  if (transaction === undefined) return query.call(this, config, ...rest);
  if (config === 'COMMIT' || config === 'ROLLBACK') {
    open.delete(this);
    if (config === 'COMMIT' && transaction.ids.length > 0) transactions.push(transaction);
  } else if (config.name === 'claim') {
    return query.call(this, config, ...rest).then((result) => {
      transaction.ids = result.rows.map((row) => row.id);
      return result;
    });
  } else if (typeof config === 'object') transaction.statements.push({ name: config.name, text: config.text, values: config.values });
  return query.call(this, config, ...rest);
};

process.on('SIGUSR2', () => {
  writeFileSync(process.env.BENCH_RECORD, serialize(transactions));
  transactions.length = 0;
});
