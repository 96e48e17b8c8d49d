// Compiles src and migrations into dist, with TypeScript's own API and the plugins of nest-cli.json, which complete the OpenAPI
// document from types and comments. Types of packages are not read, so that a machine with 512 MB can build: `npm run lint`
// checks types.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// TypeScript sees the project under this name, wherever it lies: the plugin writes paths into the code it makes, and spoils
// those with an umlaut or a bracket.
const ROOT = '/cidra';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const real = (path) => (path === ROOT || path.startsWith(`${ROOT}/`) ? root + path.slice(ROOT.length) : path);
const seen = (path) => (path.startsWith(root) ? ROOT + path.slice(root.length) : path);

const { sys } = ts;
const system = {
  ...sys,
  getCurrentDirectory: () => ROOT,
  realpath: (path) => path,
  fileExists: (path) => sys.fileExists(real(path)),
  directoryExists: (path) => sys.directoryExists(real(path)),
  getDirectories: (path) => sys.getDirectories(real(path)),
  readDirectory: (path, ...rest) => sys.readDirectory(real(path), ...rest).map(seen),
  readFile: (path, encoding) => sys.readFile(real(path), encoding),
  writeFile: (path, text, mark) => sys.writeFile(real(path), text, mark),
  createDirectory: (path) => sys.createDirectory(real(path)),
};

/** Ends the build when there is something to say. */
function report(diagnostics) {
  if (diagnostics.length === 0) return;
  const format = { getCurrentDirectory: () => ROOT, getCanonicalFileName: (name) => name, getNewLine: () => '\n' };
  console.error(ts.formatDiagnostics(diagnostics, format));
  process.exit(1);
}

const nest = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')).compilerOptions;
const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(
  `${ROOT}/${nest.tsConfigPath}`,
  { noCheck: true, types: [] },
  { ...system, onUnRecoverableConfigFileDiagnostic: (diagnostic) => report([diagnostic]) },
);
report(errors);

const host = ts.createIncrementalCompilerHost(options, system);
host.resolveModuleNameLiterals = (literals, file, redirected) =>
  literals.map(({ text }) =>
    text.startsWith('.')
      ? ts.resolveModuleName(text, file, options, host, undefined, redirected, ts.ModuleKind.ESNext)
      : { resolvedModule: undefined },
  );
const program = ts.createProgram({ rootNames: fileNames, options, host });
report(program.getSyntacticDiagnostics());

const before = [];
for (const { name, options: settings } of nest.plugins) before.push((await import(`${name}/plugin`)).before(settings, program));
if (nest.deleteOutDir) rmSync(real(options.outDir), { recursive: true, force: true });
report(program.emit(undefined, undefined, undefined, false, { before }).diagnostics);
