package plumbing

import "testing"

// TestPatchBlob reads which blob a section is about. An id that is cut short, as without --full-index, is none.
func TestPatchBlob(t *testing.T) {
	const head, body = "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
	for _, tt := range []struct{ index, want string }{
		{"index " + id1 + ".." + id2 + " 100644\n", id2},
		{"old mode 100644\nnew mode 100755\nindex " + id1 + ".." + id2 + "\n", id2},
		{"", ""},
	} {
		hunks, err := readPatches([]byte(head + tt.index + body))
		if err != nil || len(hunks) != 1 || hunks[0].Blob != tt.want {
			t.Errorf("%q: %+v, %v; want blob %q", tt.index, hunks, err, tt.want)
		}
	}
	for _, index := range []string{"index 1111111..2222222\n", "index " + id1 + "\n", "index \n", "index " + id1 + ".." + id2 + "0 100644\n"} {
		if hunks, err := readPatches([]byte(head + index + body)); err == nil {
			t.Errorf("%q gives %+v", index, hunks)
		}
	}
	hunks, err := readPatches([]byte(head + "index " + id1 + ".." + id2 + "\n" + body + head + body))
	if err != nil || len(hunks) != 2 || hunks[1].Blob != "" {
		t.Errorf("the next section has the blob of the one before: %+v, %v", hunks, err)
	}
}
