// Package engine runs gosec's rules and analyzers on packages that were read out of a tree.
package engine

import _ "github.com/securego/gosec/v2" // until the engine uses it
