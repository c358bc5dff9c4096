package lang

// A Language is what is known of one. Globs are those of package glob.
type Language struct {
	// Extensions are ends of names, from the last dot on but without it, of files that are code.
	Extensions []string `yaml:"extensions"`

	// Tests are globs of test files. Only files with one of the extensions are asked about.
	Tests []string `yaml:"tests"`

	// Inside and Bench are searched for in all added lines: an expression that begins with a text is quick.

	// Inside is a regular expression (RE2) of lines that are a test in a file of another name.
	Inside string `yaml:"inside"`

	// Bench is a regular expression (RE2) of lines that are a benchmark.
	Bench string `yaml:"bench"`
}

// anyTests are tests in every language: what is code and lies in such a directory.
var anyTests = []string{"**/test/**", "**/tests/**", "**/__tests__/**", "**/spec/**", "**/specs/**", "**/e2e/**"}

// defaults is the table. Where an ecosystem's tools insist on a name, the comment says which.
func defaults() map[string]Language {
	return map[string]Language{
		"Go": { // go help test
			Extensions: []string{"go", "txtar"},
			Tests:      []string{"*_test.go", "**/testdata/**/*.txtar"},
			Bench:      `func Benchmark[^a-z]`,
		},
		"Python": { // pytest: python_files; unittest: discover -p
			Extensions: []string{"py", "pyx"},
			Tests:      []string{"test_*.py", "*_test.py", "tests.py", "test.py", "conftest.py"},
		},
		"JavaScript": { // jest: testMatch; mocha: spec; vitest: include
			Extensions: []string{"js", "jsx", "mjs", "cjs", "vue", "svelte"},
			Tests:      []string{"*.test.*", "*.spec.*", "*.cy.*", "*-test.js", "*_test.js", "**/cypress/**"},
		},
		"TypeScript": {
			Extensions: []string{"ts", "tsx", "mts", "cts"},
			Tests:      []string{"*.test.*", "*.spec.*", "*.cy.*", "*.test-d.ts", "*-test.ts", "*_test.ts", "**/cypress/**"},
		},
		"Java": { // maven-surefire-plugin: includes
			Extensions: []string{"java"},
			Tests:      []string{"*Test.java", "*Tests.java", "*TestCase.java", "Test*.java", "*IT.java", "**/src/*Test/**"},
			Bench:      `@Benchmark\b`,
		},
		"Kotlin": {
			Extensions: []string{"kt", "kts"},
			Tests:      []string{"*Test.kt", "*Tests.kt", "*Spec.kt", "**/src/*Test/**"},
			Bench:      `@Benchmark\b`,
		},
		"Scala": {
			Extensions: []string{"scala", "sc"},
			Tests:      []string{"*Test.scala", "*Tests.scala", "*Spec.scala", "*Suite.scala"},
			Bench:      `@Benchmark\b`,
		},
		"Groovy":  {Extensions: []string{"groovy"}, Tests: []string{"*Test.groovy", "*Spec.groovy"}},
		"Clojure": {Extensions: []string{"clj", "cljs", "cljc"}, Tests: []string{"*_test.clj", "*_test.cljs", "*_test.cljc"}},
		"C": {
			Extensions: []string{"c", "h"},
			Tests:      []string{"*_test.c", "*_tests.c", "test_*.c", "*-test.c", "test-*.c", "**/unittests/**"},
		},
		"C++": { // GoogleTest's and Catch2's own projects
			Extensions: []string{"cc", "cpp", "cxx", "hh", "hpp", "hxx", "ipp", "cu"},
			Tests: []string{"*_test.cc", "*_test.cpp", "*_test.cxx", "*_tests.cc", "*_tests.cpp", "*_unittest.cc", "*_unittest.cpp", "*Test.cpp",
				"*Tests.cpp", "*.test.cpp", "*.tests.cpp", "test_*.cpp", "test_*.cc", "**/unittests/**"},
			Bench: `BENCHMARK\w*\s*\(`,
		},
		"Objective-C": {Extensions: []string{"m", "mm"}, Tests: []string{"*Tests.m", "*Test.m", "*Tests.mm", "**/*Tests/**"}},
		"C#": {
			Extensions: []string{"cs"},
			Tests:      []string{"*Test.cs", "*Tests.cs", "*Spec.cs", "**/*.Test/**", "**/*.Tests/**", "**/*Tests/**"},
			Bench:      `\[Benchmark\b`,
		},
		"F#":           {Extensions: []string{"fs", "fsx"}, Tests: []string{"*Test.fs", "*Tests.fs", "**/*.Tests/**", "**/*Tests/**"}},
		"Visual Basic": {Extensions: []string{"vb"}, Tests: []string{"*Test.vb", "*Tests.vb", "**/*.Tests/**", "**/*Tests/**"}},
		"Rust": { // The Rust Book, 11.3: unit tests are in the file itself
			Extensions: []string{"rs"},
			Tests:      []string{"tests.rs", "test.rs", "*_test.rs", "*_tests.rs"},
			Inside:     `#\[(cfg\(test\)|([A-Za-z0-9_]+::)*test\b|rstest\b)`,
			Bench:      `#\[bench\]|\bcriterion_group!`,
		},
		"Ruby": { // rspec: pattern; rails test
			Extensions: []string{"rb", "rake"},
			Tests:      []string{"*_spec.rb", "*_test.rb", "test_*.rb"},
		},
		"PHP":    {Extensions: []string{"php"}, Tests: []string{"*Test.php", "*Cest.php", "*.phpt", "**/Tests/**"}}, // phpunit: suffix
		"Swift":  {Extensions: []string{"swift"}, Tests: []string{"*Tests.swift", "*Test.swift", "**/Tests/**", "**/*Tests/**"}},
		"Dart":   {Extensions: []string{"dart"}, Tests: []string{"*_test.dart", "**/integration_test/**"}},
		"Elixir": {Extensions: []string{"ex", "exs"}, Tests: []string{"*_test.exs"}},
		"Erlang": {Extensions: []string{"erl", "hrl"}, Tests: []string{"*_SUITE.erl", "*_tests.erl"}},
		"Haskell": {
			Extensions: []string{"hs", "lhs"}, Tests: []string{"*Spec.hs", "*Test.hs"}},
		"OCaml": {Extensions: []string{"ml", "mli"}, Tests: []string{"*_test.ml", "test_*.ml"}, Inside: `\blet%(expect_)?test`},
		"Lua":   {Extensions: []string{"lua"}, Tests: []string{"*_spec.lua", "*_test.lua", "test_*.lua"}}, // busted: pattern
		"Perl":  {Extensions: []string{"pl", "pm", "t"}, Tests: []string{"*.t"}},                          // prove(1)
		"R":     {Extensions: []string{"r", "R"}, Tests: []string{"test-*.R", "test-*.r"}},                // testthat
		"Julia": {Extensions: []string{"jl"}, Tests: []string{"runtests.jl"}},
		"Zig":   {Extensions: []string{"zig"}, Tests: []string{"*_test.zig"}, Inside: `(?m)^\s*test\s+("|\{)`},
		"D":     {Extensions: []string{"d"}, Inside: `(?m)^\s*(@\w+\s+)*unittest\b`},
		"SQL": { // pgTAP: pg_prove runs t/*.sql
			Extensions: []string{"sql", "pls", "plsql", "pks", "pkb"},
			Tests:      []string{"**/t/*.sql", "*_test.sql", "test_*.sql", "*.test.sql", "*_spec.sql"},
		},
		"Shell": { // bats: *.bats; shunit2; bash_unit
			Extensions: []string{"sh", "bash", "zsh", "ksh", "bats"},
			Tests:      []string{"*.bats", "*_test.sh", "test_*.sh", "*-test.sh", "test-*.sh", "t[0-9][0-9][0-9][0-9]-*.sh", "*_spec.sh"},
		},
		"PowerShell": {Extensions: []string{"ps1", "psm1"}, Tests: []string{"*.Tests.ps1"}}, // Pester
		"Solidity":   {Extensions: []string{"sol"}, Tests: []string{"*.t.sol"}},             // forge test
		"Terraform":  {Extensions: []string{"tf"}},
		"Rego":       {Extensions: []string{"rego"}, Tests: []string{"*_test.rego"}}, // opa test
		// Tests in words, which drive programs of any language.
		"Gherkin": {Extensions: []string{"feature"}, Tests: []string{"*.feature"}},
		"Robot":   {Extensions: []string{"robot"}, Tests: []string{"*.robot"}},
	}
}

// generated are files that nobody wrote for this project: a tool did, or somebody else.
var generated = []string{
	"**/vendor/**", "**/node_modules/**", "**/third_party/**", "**/bower_components/**", "**/Pods/**",
	"*.pb.go", "*.pb.gw.go", "*.pb.cc", "*.pb.h", "*_pb2.py", "*_pb2_grpc.py", "*_pb.js", "*_pb.ts", "*_pb.d.ts", "*_pb.rb",
	"*.min.js", "*.min.css", "*.bundle.js", "*.js.map", "*.css.map",
	"zz_generated.*", "*.generated.*", "*.g.dart", "*.freezed.dart", "*.Designer.cs", "*.designer.cs", "*.g.cs",
}

// locks are files in which a package manager notes what it chose.
var locks = []string{
	"go.sum", "go.work.sum", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "Cargo.lock",
	"poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "Gemfile.lock", "composer.lock", "Podfile.lock", "Package.resolved",
	"pubspec.lock", "mix.lock", "flake.lock", "gradle.lockfile", "packages.lock.json", "paket.lock", "deno.lock", ".terraform.lock.hcl",
	"MODULE.bazel.lock", "conan.lock", "Manifest.toml",
}
