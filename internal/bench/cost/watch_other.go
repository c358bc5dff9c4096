//go:build !linux

package cost

// watch is not able to see other processes here.
func watch(_ int, done <-chan struct{}) float64 {
	<-done
	return 0
}
