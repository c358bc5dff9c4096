// Package load reads Go packages out of a tree of files: no checkout, no go command, no network.
package load
