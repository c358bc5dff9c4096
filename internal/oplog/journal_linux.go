package oplog

import (
	"io"

	"github.com/rs/zerolog/journald"
)

func journal() (io.Writer, error) { return journald.NewJournalDWriter(), nil }
