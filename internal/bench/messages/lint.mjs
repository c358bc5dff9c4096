// Reads messages from stdin, as a list in JSON, and writes what commitlint says of each, with the CPU seconds that judging alone took.
// It runs in the directory where commitlint is installed.
import load from "@commitlint/load";
import lint from "@commitlint/lint";
import isIgnored from "@commitlint/is-ignored";

let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const config = await load({ extends: ["@commitlint/config-conventional"] }, { cwd: process.cwd() });
const options = { parserOpts: config.parserPreset?.parserOpts ?? {}, ignores: [], defaultIgnores: true };
const messages = JSON.parse(text);
const start = process.cpuUsage();
const results = [];
for (const message of messages) {
	const report = await lint(message, config.rules, options);
	results.push({
		valid: report.valid,
		errors: report.errors.map((e) => ({ name: e.name, message: e.message })),
		warnings: report.warnings.map((e) => ({ name: e.name, message: e.message })),
	});
}
const used = process.cpuUsage(start);
messages.forEach((message, i) => { results[i].ignored = isIgnored(message, { defaults: true }); });
process.stdout.write(JSON.stringify({ results, cpu: (used.user + used.system) / 1e6 }));
