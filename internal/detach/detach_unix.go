//go:build unix

package detach

import "syscall"

func attempts() []*syscall.SysProcAttr { return []*syscall.SysProcAttr{{Setsid: true}} }
