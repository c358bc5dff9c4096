package replay

import "io"

// HTML writes one page.
func (r *Result) HTML(w io.Writer) error { return nil }
