// Package treemap draws who knows a tree of directories as one HTML page that needs nothing else: no server, no network, no script to be read.
//
//	err := treemap.Write(w, treemap.Page{Title: "project", Now: now, Root: root})
//
// Areas are lines. Colours say, by choice, how much one person's the lines are, how long ago they were changed, or how many of them were written
// by people who have left. Each scale goes from light to dark in one hue, so that nobody needs to tell hues apart. A table has the same
// figures for who does not see the picture. Without JavaScript everything is there but zooming and keys.
//
// Keys: up and down go from sibling to sibling, right into a directory, left out of it (WAI-ARIA Authoring Practices, "Tree View"), Enter makes a
// directory as large as the picture, Escape goes back.
//
// # Privacy
//
// The page says who wrote most of a directory, never what a person did in all: it has no list of people, no totals and no ranking of them. Labels
// come from the caller, who may give pseudonyms. The page holds no mail unless a label does. What is collapsed ("12 more") shows nobody.
//
// # Bounds
//
// Of a large tree the largest directories are shown ([MaxNodes]); what is smaller is one area for each directory. A page stays below 4 MB.
package treemap
