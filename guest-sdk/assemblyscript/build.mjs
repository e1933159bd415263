// Compiles a routing script to a core module, which kemist makes a component of.
//
//   node build.mjs COMPILER_FOLDER SOURCE.ts OUT.wasm
//
// COMPILER_FOLDER is node_modules/assemblyscript. One line of JSON on standard output says how it went: callbacks,
// errors and warnings, each with file, line and column where the compiler knows them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [compiler, source, out] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const inCompiler = name => import(pathToFileURL(path.join(compiler, "dist", name)));
const { CommonFlags, DiagnosticCategory, NodeKind } = await inCompiler("assemblyscript.js");
const asc = await inCompiler("asc.js");

/** The entry points' file, which is only in memory, beside the script. */
const ENTRY = "~kemist.ts";
/** What the component is made of; other exports of the script are for its own files. */
const KEPT = ["memory", "_initialize", "cabi_realloc", "__kemist_run", "__kemist_post_run", "__kemist_callbacks",
  "__kemist_dispatch", "__kemist_leaving"];

const folder = path.dirname(source);
const report = { callbacks: [], errors: [], warnings: [] };

class Entry {
  /** Everything is parsed: the script's callbacks are known, and the file that calls them can be written. */
  afterParse(parser) {
    const script = parser.sources.find(found => found.normalizedPath === path.basename(source));
    const exported = new Exports(parser.sources).of(script);
    for (const [name, declaration] of exported) {
      const call = callOf(declaration);
      if (call !== null) report.callbacks.push({ name, call });
      else if (name.startsWith("ksr_")) note("errors", `${name} is a callback: it takes nothing, or its event as a string`, declaration.range);
      else note("warnings", `${name} is exported, but no callback: it takes something else than its event as a string`, declaration.range);
    }
    if (report.errors.length) throw new Error("callbacks");
    parser.parseFile(entryText(script.internalPath), ENTRY, true);
  }

  /** Before the optimizer runs, so that what is no callback goes where nothing else uses it. */
  afterCompile(module) {
    for (let at = module.getNumExports() - 1; at >= 0; at--) {
      const { name } = this.binaryen.getExportInfo(module.getExportByIndex(at));
      if (!KEPT.includes(name)) module.removeExport(name);
    }
  }
}

/** Exported functions by name, through re-exports. */
class Exports {
  #sources;
  #known = new Map();

  constructor(sources) {
    this.#sources = sources;
  }

  of(source) {
    if (!source) return new Map();
    if (this.#known.has(source)) return this.#known.get(source);
    const found = new Map();
    this.#known.set(source, found); // before its statements: files may export each other
    for (const statement of source.statements) {
      if (statement.kind === NodeKind.FunctionDeclaration && statement.flags & CommonFlags.Export) {
        found.set(statement.name.text, statement);
      } else if (statement.kind === NodeKind.Export) {
        const from = statement.internalPath === null ? null : this.#at(statement.internalPath);
        if (!statement.members) {
          for (const [name, declaration] of this.of(from)) found.set(name, declaration);
        }
        for (const { localName, exportedName } of statement.members ?? []) {
          const declaration = from ? this.of(from).get(localName.text) : this.#local(source, localName.text);
          if (declaration) found.set(exportedName.text, declaration);
        }
      }
    }
    return found;
  }

  #local(source, name) {
    for (const statement of source.statements) {
      if (statement.kind === NodeKind.FunctionDeclaration && statement.name.text === name) return statement;
      if (statement.kind === NodeKind.Import) {
        const imported = statement.declarations?.find(declaration => declaration.name.text === name);
        if (imported) return this.of(this.#at(statement.internalPath)).get(imported.foreignName.text);
      }
    }
    return undefined;
  }

  #at(internalPath) {
    return this.#sources.find(found => found.internalPath === internalPath || found.internalPath === `${internalPath}/index`);
  }
}

/** How a callback is called, null for what is none. */
function callOf(declaration) {
  if (declaration.typeParameters?.length || declaration.flags & CommonFlags.Ambient) return null;
  const [first, ...more] = declaration.signature.parameters;
  if (more.some(parameter => !parameter.initializer)) return null;
  if (first?.type.kind === NodeKind.NamedType && first.type.name.identifier.text.toLowerCase() === "string") return "event";
  return !first || first.initializer ? "" : null;
}

/** Entry points, list of callbacks, and the function that calls them. */
function entryText(script) {
  const { callbacks } = report;
  const names = callbacks.map(({ name }) => JSON.stringify(name)).join(", ");
  const cases = callbacks.map(({ name, call }, at) => `    case ${at}: script.${name}(${call}); break;`).join("\n");
  return `${readFileSync(path.join(here, "entry.ts"), "utf8")}
import * as script from "./${script}";
const NAMES: StaticArray<string> = [${names}];
const PAIRS: usize = memory.data(${8 * Math.max(1, callbacks.length)}, 4);
export function __kemist_dispatch(callback: i32, event: string): void {
  switch (callback) {
${cases}
    default: throw new Error("there is no such callback");
  }
}
`;
}

function note(kind, message, range) {
  const from = range?.source;
  const line = from?.text ? from.lineAt(range.start) : 0;
  report[kind].push({ message, file: from?.normalizedPath ?? null, line, column: line ? from.columnAt() : 0 });
}

/** The compiler tells where by offsets only: the texts it was given make lines of them. */
const texts = new Map();

function diagnostic({ message, category, range }) {
  const kind = category === DiagnosticCategory.Error ? "errors" : category === DiagnosticCategory.Warning ? "warnings" : null;
  if (!kind) return;
  const file = range?.source?.normalizedPath ?? null;
  const before = texts.get(file)?.slice(0, range.start).split("\n");
  report[kind].push({ message, file, line: before?.length ?? 0, column: before ? before.at(-1).length + 1 : 0 });
}

function readFile(name, base) {
  try {
    const text = readFileSync(path.resolve(base, name), "utf8");
    if (base === folder) texts.set(path.normalize(name).replaceAll("\\", "/"), text);
    return text;
  } catch {
    return null;
  }
}

const { error, stderr } = await asc.main([
  path.basename(source), "--baseDir", folder, "--config", "~none.json", "--outFile", "out.wasm",
  "--lib", path.join(here, "lib"), "--optimizeLevel", "3", "--shrinkLevel", "1", "--exportStart", "_initialize",
  "--use", "abort=~lib/kemist/__ksr.abort", "--use", "trace=~lib/kemist/__ksr.trace",
  "--use", "seed=~lib/kemist/__ksr.seed", "--use", "console=~lib/kemist/__ksr.console",
], {
  transforms: [Entry],
  readFile,
  listFiles: (name, base) => readdirSync(path.resolve(base, name)).filter(file => file.endsWith(".ts")),
  writeFile: (_name, contents) => writeFileSync(out, contents),
  reportDiagnostic: diagnostic,
});
if (error && !report.errors.length) report.errors.push({ message: error.message || String(stderr), file: null, line: 0, column: 0 });
// what names a place in the script says more than what follows from it elsewhere
report.errors.sort((a, b) => (b.line > 0) - (a.line > 0));
if (report.errors.length) process.stderr.write(String(stderr)); // with the lines of the script
process.stdout.write(`${JSON.stringify({ ...report, callbacks: report.callbacks.map(({ name }) => name) })}\n`);
