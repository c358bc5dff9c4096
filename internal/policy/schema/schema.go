// Package schema has the JSON Schema of the policy file, for editors and for whoever writes policies by program:
//
//	os.Stdout.Write(schema.File())
//
// The file is made from the Go types that a policy is decoded into, by the package's tests (-update writes it), which also hold it to what
// policy.Parse accepts and refuses. It is part of the program, so that printing it costs nothing. What a schema cannot say, such as that
// a glob is none, is for "refward policy check".
package schema

import (
	_ "embed"
	"slices"
)

//go:embed policy.schema.json
var file []byte

// URL is where an editor finds the schema of the newest policy file.
const URL = "https://raw.githubusercontent.com/refward/refward/main/docs/policy.schema.json"

// File returns the schema (JSON Schema, draft 2020-12).
func File() []byte { return slices.Clone(file) }
