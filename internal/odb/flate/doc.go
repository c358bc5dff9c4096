// Package flate decompresses zlib streams (RFC 1950, RFC 1951) that are in memory and whose result has a known size, which is how git
// stores objects: package odb hands it the mapped pack from where an object begins. Knowing both ends it needs no window and no
// state between calls, and writes the result where it is wanted.
//
//	data := make([]byte, size)
//	n, err := flate.Inflate(data, pack[body:end])
//	if err != nil {
//		return err
//	}
//	next := body + n // where the stream ends
//
// # What is checked
//
// Whatever the format forbids is an error, as it is to zlib and to package compress/zlib: codes that are over- or under-subscribed (a
// single distance code of one bit is allowed, RFC 1951 section 3.2.7), symbols without meaning, distances before the beginning, a wrong
// checksum, a preset dictionary. So is a result that is shorter or longer than the caller said, and a stream that src does not hold to its
// end. Time is bounded by the length of both slices, memory by some tables that are kept for the next call.
//
// # How it is fast
//
// The ways are those that libdeflate's documentation and others describe: 64 bits of input at a time, one look into a table for
// a symbol with its base, extra bits and length of code, and a loop without checks of the input as long as both slices have room.
package flate
