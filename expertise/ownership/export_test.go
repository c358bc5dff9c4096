package ownership

// Bounds sets how much is held at once and returns what restores it.
func Bounds(steps, hunks, entries int) (restore func()) {
	s, h, n := maxSteps, maxHunks, maxEntries
	maxSteps, maxHunks, maxEntries = steps, hunks, entries
	return func() { maxSteps, maxHunks, maxEntries = s, h, n }
}
