// What `npm pack` ships (docs/test-kit.md): the two exports as JavaScript with declarations, because Node strips no types
// below node_modules. A checkout runs its sources and never needs this; `npm run check` checks their types.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = join(root, 'dist');
const doors = ['local-orchestrator/index.ts', 'appliance/test-kit/index.ts'];
/** Read at run time, from beside the module that reads them. */
const assets = ['local-orchestrator/runbooks/shipped'];

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);
const emitOptions: ts.CompilerOptions = {
  ...options,
  noEmit: false,
  noCheck: true,
  rewriteRelativeImportExtensions: true,
  rootDir: root,
  outDir,
};
const doorFiles = doors.map((door) => join(root, door));
const program = ts.createProgram(doorFiles, emitOptions);

/** Those of what a user can name. To declare all the rest as well takes twice as long. */
function emitDeclarations(): ts.Diagnostic[] {
  const declaring = ts.createProgram(doorFiles, { ...emitOptions, declaration: true }, undefined, program);
  const reached = new Set(doorFiles);
  const diagnostics: ts.Diagnostic[] = [];
  // A set that grows while it is walked is walked to its new end.
  for (const file of reached) {
    const write: ts.WriteFileCallback = (path, text) => {
      ts.sys.writeFile(path, text);
      for (const { fileName } of ts.preProcessFile(text).importedFiles) {
        const { resolvedModule } = ts.resolveModuleName(fileName, file, emitOptions, ts.sys);
        if (resolvedModule?.isExternalLibraryImport === false) reached.add(resolvedModule.resolvedFileName);
      }
    };
    diagnostics.push(...declaring.emit(declaring.getSourceFile(file), write, undefined, true).diagnostics);
  }
  return diagnostics;
}

rmSync(outDir, { recursive: true, force: true });
const diagnostics = [...program.emit().diagnostics, ...emitDeclarations()];
if (diagnostics.length > 0) {
  console.error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(emitOptions)));
  process.exit(1);
}
for (const asset of assets) cpSync(join(root, asset), join(outDir, asset), { recursive: true });
// The scope of what lies beside it, where `#contracts/` is what was built.
writeFileSync(
  join(outDir, 'package.json'),
  JSON.stringify({ type: 'module', imports: { '#contracts/*.ts': './contracts/*.js' } }),
);
