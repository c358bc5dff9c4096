// Package unpack makes text of what no search can read as it stands: archives and compressed files, UTF-16 and UTF-32, base64 and
// hexadecimal that a search for encoded text passes over, and words with escapes in them.
//
// It stands between the content of a change and the rules of package secrets. [Packed] says whether a file is worth reading as a whole,
// [Texts] yields what is in it:
//
//	for t := range unpack.Texts("dist/app.zip", data, unpack.Defaults()) {
//		if t.Unread != "" {
//			report(t.Path, t.Unread) // "dist/app.zip!inner.zip": "nested more than 5 deep"
//			continue
//		}
//		search(t.Path, t.Data) // "dist/app.zip!config/prod.env"
//	}
//
// [Narrow], [Unwrapped], [Words], [Dumped] and [Unescaped] work on text, whether it comes from a file or out of an archive.
//
// # What is promised
//
// The author of a change may have made the file so that something in it is overlooked. Therefore no directory, length or end mark in an
// archive is believed where bytes would be left out by it: every byte of the output of every decompressor is in a Text, and bytes that belong to
// nothing are searched for streams of their own. What is in the file as it stands, such as the comment of a zip, is not yielded
// for the outermost file, since whoever searches that sees it; for members it is.
//
// What is encrypted, damaged, of an unknown method or beyond a limit is a Text with Unread. A limit that is reached ends the work on the
// file, never in silence. Memory is bounded by the limits, time by them and the size of the file; nothing depends on the clock.
//
// Nothing is written to disk, and no name from an archive is used for anything but to be shown.
package unpack
