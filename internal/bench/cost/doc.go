// Package cost runs a program and says what it took: processor time and memory, of all processes that it starts.
//
//	c, err := cost.Run(exec.Command("git", "log", "-p"))
package cost
