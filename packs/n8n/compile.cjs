// Compiles the hand-written TypeScript to compiled/, which the service hands out without Node: `make compile-n8n`.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const { compilerOptions } = ts.parseConfigFileTextToJson('tsconfig.json', fs.readFileSync('tsconfig.json', 'utf8')).config;
const { options } = ts.convertCompilerOptionsFromJson(
	{ ...compilerOptions, declaration: false, sourceMap: false, incremental: false, isolatedModules: true },
	'.',
);
const sources = ['credentials', 'nodes']
	.flatMap((folder) => fs.readdirSync(folder, { recursive: true }).map((name) => path.posix.join(folder, name)))
	.filter((name) => name.endsWith('.ts') && !name.includes('/generated/'))
	.sort();

fs.rmSync('compiled', { recursive: true, force: true });
const hashes = {};
for (const source of sources) {
	const text = fs.readFileSync(source, 'utf8');
	const target = path.join('compiled', source.replace(/\.ts$/, '.js'));
	const made = ts.transpileModule(text, { compilerOptions: options, fileName: source, reportDiagnostics: true });
	if (made.diagnostics.length) throw new Error(`${source}: ${made.diagnostics[0].messageText}`);
	fs.mkdirSync(path.dirname(target), { recursive: true });
	fs.writeFileSync(target, made.outputText);
	hashes[source] = createHash('sha256').update(text).digest('hex');
}
fs.writeFileSync('compiled/sources.json', JSON.stringify(hashes, null, 2) + '\n');
console.log(`compiled ${sources.length} files`);
