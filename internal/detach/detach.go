// Package detach starts a process that nobody waits for: not its parent, and not git, which waits for a hook until everybody who has its output has
// closed it.
package detach

import (
	"fmt"
	"os/exec"
)

// Start runs a program with arguments, environment and working directory of its own, without input and output, in a session of its own: the end of the
// terminal or of the connection that the parent belongs to does not end it. The error is that of starting it.
func Start(program string, args, environ []string, dir string) (err error) {
	for _, attr := range attempts() {
		cmd := exec.Command(program, args...) // #nosec G204 -- the caller's own program
		cmd.Env, cmd.Dir, cmd.SysProcAttr = environ, dir, attr
		if err = cmd.Start(); err == nil {
			_ = cmd.Process.Release() // nobody waits for it
			return nil
		}
	}
	return fmt.Errorf("start %s: %w", program, err)
}
