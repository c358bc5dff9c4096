package identity

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/signed"
)

// maxAuth bounds what sshd tells of a connection: a line for each way in which somebody has proved who they are.
const maxAuth = 64 << 10

// fromSSH reads the file in which sshd says how the client has proved who it is (sshd_config(5), "ExposeAuthInfo"). The name is the
// identifier of a certificate, which its authority has signed and sshd has checked; of a plain key there is none, and a people file says
// whose it is. A file that is not there or says something else names nobody.
func fromSSH(getenv func(string) string) analyzers.Identity {
	path := getenv("SSH_USER_AUTH")
	if path == "" {
		return analyzers.Identity{}
	}
	if !sshdWrote(path) {
		return analyzers.Identity{}
	}
	data, err := signed.Read(path, maxAuth)
	if err != nil {
		return analyzers.Identity{}
	}
	return fromAuthInfo(data)
}

// sshdWrote reports whether a file can be one of sshd's, which is called sshauth. and something nobody can guess, and is its session's alone. Where sshd does not set the
// variable, a client may, and name a file whose text it knows, as /proc/self/environ. This keeps away what a client can have
// written by ssh and git alone, and no program of its own on the server.
func sshdWrote(path string) bool {
	if !filepath.IsAbs(path) || !strings.HasPrefix(filepath.Base(path), "sshauth.") {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0
}

// fromAuthInfo reads lines such as "publickey ssh-ed25519 AAAA…". Of several keys, which a server can ask for, none is the one: nobody is then known.
func fromAuthInfo(data []byte) analyzers.Identity {
	var who analyzers.Identity
	keys := 0
	for line := range bytes.Lines(data) {
		text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "publickey ")
		if !ok {
			continue
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil {
			return analyzers.Identity{}
		}
		keys++
		who = analyzers.Identity{Key: ssh.FingerprintSHA256(plainKey(key)), Source: SSH}
		if cert, ok := key.(*ssh.Certificate); ok {
			who.Name = cert.KeyId
		}
	}
	if keys != 1 {
		return analyzers.Identity{}
	}
	return who
}
