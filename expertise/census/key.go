package census

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// keySize is the size in bytes of the key of pseudonyms.
const keySize = 32

// KeyPath returns where the key of pseudonyms is kept, given the directory that a repository's worktrees share.
func KeyPath(common string) string { return filepath.Join(common, "refward", "pseudonym.key") }

// Key returns the key of a repository's pseudonyms, and makes one where there is none. It is random, and nobody but its owner may read it: who has
// it can find out who is behind a pseudonym by trying mails.
func Key(common string) ([]byte, error) {
	path := KeyPath(common)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("directory of the key of pseudonyms: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return nil, fmt.Errorf("key of pseudonyms: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	key = make([]byte, keySize)
	_, err = rand.Read(key)
	if err == nil {
		_, err = f.Write(key)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("key of pseudonyms: %w", err)
	}
	// A link fails where another process was first: then that one's counts, whole.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key of pseudonyms: %w", err)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("key of pseudonyms: %w", err)
	}
	switch {
	case !info.Mode().IsRegular() || info.Size() != keySize:
		return nil, fmt.Errorf("%s is not a key of pseudonyms\nhint: remove it, and new pseudonyms are made", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s can be read by others (mode %#o), who could find out who is behind a pseudonym\nhint: remove it, and new pseudonyms are made", path, info.Mode().Perm())
	}
	key, err := os.ReadFile(path) // #nosec G304 -- in the repository's own directory
	if err != nil {
		return nil, fmt.Errorf("key of pseudonyms: %w", err)
	}
	return key, nil
}

// pseudonym returns what somebody is called in place of their name: 40 bits of a keyed hash.
func pseudonym(key []byte, identity string) string {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte(identity)) // a hash never fails
	return "person-" + strings.ToLower(base32.StdEncoding.EncodeToString(m.Sum(nil)[:5]))
}
