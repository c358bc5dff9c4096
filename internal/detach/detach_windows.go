//go:build windows

package detach

import "syscall"

const detachedProcess = 0x8 // DETACHED_PROCESS of CreateProcess: without a console

func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess}
}
