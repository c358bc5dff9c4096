//go:build unix

package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// sshdPath is where OpenSSH's server is: it starts itself anew and wants its own absolute path for that.
const sshdPath = "/usr/sbin/sshd"

// TestSSHDIsThere holds that the scripts about SSH are not passed over where they have to run.
func TestSSHDIsThere(t *testing.T) {
	if _, err := exec.LookPath(sshdPath); err != nil && os.Getenv("REFWARD_SSHD") == "required" {
		t.Error(err)
	}
}

// cmdSSHD is "sshd LINE…": OpenSSH's server on a port of the loopback, with a host key of its own and these lines of sshd_config(5). It lets in
// the account that runs the tests, by $WORK/authorized_keys. $SSH is then the URL of $WORK, $LOGIN the account, and "ssh -F $WORK/ssh_config" a client that
// knows the server. With "SetEnv" more can be set than the home and the path of its sessions.
func cmdSSHD(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, true, "sshd LINE…")
	w := worldOf(ts)
	me, err := user.Current()
	ts.Check(err)
	if me.Uid == "0" {
		ts.Check(os.MkdirAll("/run/sshd", 0o755)) // where it wants to be locked up when it starts as root
	}
	dir, err := os.MkdirTemp(w.dir, ".sshd")
	ts.Check(err)
	hostKey := filepath.Join(dir, "host")
	ts.Check(ts.Exec("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", hostKey))
	setenv := []string{"SetEnv HOME=" + ts.Getenv("HOME"), "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}
	lines := []string{
		"HostKey " + hostKey, "AuthorizedKeysFile " + filepath.Join(w.dir, "authorized_keys"), "PidFile none", "UsePAM no", "StrictModes no",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "LogLevel VERBOSE",
	}
	for _, line := range args {
		if more, ok := strings.CutPrefix(line, "SetEnv "); ok {
			setenv = append(setenv, more)
		} else {
			lines = append(lines, line)
		}
	}
	lines = append(lines, strings.Join(setenv, " ")) // of several such lines only the first counts
	config := filepath.Join(dir, "sshd_config")
	ts.Check(os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	addr, stop, err := serveSSH(config)
	ts.Check(err)
	ts.Defer(stop)
	_, port, err := net.SplitHostPort(addr)
	ts.Check(err)
	public, err := os.ReadFile(hostKey + ".pub")
	known := filepath.Join(dir, "known_hosts")
	err = errors.Join(err, os.WriteFile(known, []byte("[127.0.0.1]:"+port+" "+string(public)), 0o600))
	client := "Host *\n Port " + port + "\n User " + me.Username + "\n UserKnownHostsFile " + known + "\n GlobalKnownHostsFile none\n" +
		" IdentitiesOnly yes\n IdentityAgent none\n BatchMode yes\n ControlPath none\n LogLevel ERROR\n"
	ts.Check(errors.Join(err, os.WriteFile(filepath.Join(w.dir, "ssh_config"), []byte(client), 0o600)))
	ts.Setenv("SSH", "ssh://127.0.0.1"+w.dir)
	ts.Setenv("LOGIN", me.Username)
}

// serveSSH gives each connection to a server of its own, as inetd(8) does (sshd(8), "-i"), so that there is no port to guess and nothing to wait for.
func serveSSH(config string) (addr string, stop func(), err error) {
	if out, err := exec.Command(sshdPath, "-t", "-f", config).CombinedOutput(); err != nil {
		return "", nil, errors.New("sshd: " + err.Error() + ": " + string(out))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				file, err := conn.(*net.TCPConn).File()
				_ = conn.Close()
				if err != nil {
					return
				}
				server := exec.Command(sshdPath, "-i", "-f", config, "-E", config+".log")
				server.Stdin, server.Stdout = file, file
				_ = server.Run() // what it has against somebody is in its log
				_ = file.Close()
			})
		}
	})
	return listener.Addr().String(), func() { _ = listener.Close(); wg.Wait() }, nil
}
