// Package oplog opens the operator's log: JSON lines in a file or in journald, for whoever runs the server. What the pusher
// reads on stderr is not its business, and secrets never get into it: callers scrub.
//
//	log, closeLog, err := oplog.Open("/var/log/refward.log", "refward-receive")
package oplog

import (
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
)

// Open returns a logger that writes to dest: "" = nowhere, "journald", or the path of a file that is appended to and made
// with mode 0600. The function closes it. The logger is safe for concurrent use, by several processes too: each entry is
// one write.
func Open(dest, program string) (zerolog.Logger, func(), error) {
	var log zerolog.Logger
	done := func() {}
	switch dest {
	case "":
		return zerolog.Nop(), done, nil
	case "journald":
		w, err := journal()
		if err != nil {
			return zerolog.Nop(), done, err
		}
		log = zerolog.New(quiet{w})
	default:
		f, err := os.OpenFile(dest, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return zerolog.Nop(), done, fmt.Errorf("open the operator's log: %w", err)
		}
		log, done = zerolog.New(quiet{f}), func() { _ = f.Close() } // every entry was written when it was logged
	}
	return log.With().Timestamp().Str("program", program).Int("pid", os.Getpid()).Logger(), done, nil
}

// quiet hides that an entry could not be written, on a full disk for example: it changes no verdict, and zerolog would tell the pusher.
type quiet struct{ w io.Writer }

func (q quiet) Write(entry []byte) (int, error) {
	_, _ = q.w.Write(entry)
	return len(entry), nil
}
