package wire

// An API is what the comparison of what a package exports came to.
type API struct {
	Changes []APIChange // that break who uses the package; in a fixed order
	Unknown []string    // exported names of which a type is not known, before or after, so that no change of theirs is claimed; sorted

	// Files are the paths of the files that the package consists of after the change, Before of those before it; sorted.
	Files, Before []string
}

// An APIChange is one incompatible change of what a package exports.
type APIChange struct {
	Text string // as apidiff says it, such as "T.M: removed"; it may quote values of constants
	Path string // where the thing is in the tree, or was before; "" = not known
	Line int    // 1-based; 0 where Path is that before
}
