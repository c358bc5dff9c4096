//go:build windows

package detach

import "syscall"

// Flags of CreateProcess.
const (
	noWindow  = 0x08000000 // CREATE_NO_WINDOW: a console that nobody sees, for its children too; without any, each child would open one of its own
	breakaway = 0x01000000 // CREATE_BREAKAWAY_FROM_JOB: a server may end a connection's job with all that is in it
)

// attempts are the ways to start it, the best first: a job need not let anybody go.
func attempts() []*syscall.SysProcAttr {
	return []*syscall.SysProcAttr{
		{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | noWindow | breakaway},
		{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | noWindow},
	}
}
