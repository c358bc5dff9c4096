package oplog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/refward/refward/internal/oplog"
)

func TestOpenAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refward.log")
	for range 2 {
		log, done, err := oplog.Open(path, "refward-receive")
		if err != nil {
			t.Fatal(err)
		}
		log.Info().Str("hook", "pre-receive").Msg("judged")
		done()
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for range 2 {
		var entry map[string]any
		if err := dec.Decode(&entry); err != nil {
			t.Fatal(err)
		}
		if entry["program"] != "refward-receive" || entry["hook"] != "pre-receive" || entry["time"] == nil {
			t.Errorf("entry %v", entry)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	if _, _, err := oplog.Open(filepath.Join(t.TempDir(), "no", "such", "folder"), "refward"); err == nil {
		t.Error("a file in a missing folder was opened")
	}
}
