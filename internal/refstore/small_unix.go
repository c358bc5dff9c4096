//go:build unix

package refstore

import (
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

// readSmall reads a regular file of at most limit bytes. A repository may have very many loose refs: the system calls are made directly, since
// os.Open makes twice as many. Should a pipe have
// taken the file's place just now, it is opened without waiting, and not read.
func readSmall(path string, limit int64) ([]byte, error) {
	fail := func(call string, err error) ([]byte, error) {
		return nil, &fs.PathError{Op: call, Path: path, Err: err}
	}
	fd, err := retry(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) })
	if err != nil {
		return fail("open", err)
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return fail("stat", err)
	}
	if info.Mode&unix.S_IFMT != unix.S_IFREG {
		return fail("open", errNotRegular)
	}
	if info.Size > limit {
		return fail("read", errTooLong)
	}
	data := make([]byte, info.Size)
	for n := 0; n < len(data); {
		got, err := retry(func() (int, error) { return unix.Read(fd, data[n:]) })
		if err == nil && got <= 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fail("read", err)
		}
		n += got
	}
	return data, nil
}

// retry makes a system call again that a signal has interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != unix.EINTR {
			return n, err
		}
	}
}
