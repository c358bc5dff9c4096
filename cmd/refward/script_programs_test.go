//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
)

// rawPush is the program "rawpush REPO OLD NEW REF [OLD NEW REF]…", run in the repository that has the objects. It speaks
// receive-pack's protocol (gitprotocol-pack(5), "Pushing Data To a Server") and sends whatever it is told to, which git push
// would not: a forged old id, a ref twice, a name that no client accepts. The pack has everything that the new ids reach. The
// hook's words and the server's report go to stderr; it fails unless every ref was updated.
func rawPush(args []string) error {
	if len(args) < 4 || len(args)%3 != 1 {
		return errors.New("usage: rawpush REPO OLD NEW REF [OLD NEW REF]…")
	}
	server := exec.Command("git", "receive-pack", args[0])
	server.Stderr = os.Stderr
	in, err := server.StdinPipe()
	if err != nil {
		return err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	answers := bufio.NewReader(out)
	if _, err := readPackets(answers); err != nil { // what the server has
		return err
	}
	var revs strings.Builder
	capabilities := "\x00report-status"
	for u := args[1:]; len(u) > 0; u = u[3:] {
		line := u[0] + " " + u[1] + " " + u[2] + capabilities
		if _, err := fmt.Fprintf(in, "%04x%s", len(line)+4, line); err != nil {
			return err
		}
		capabilities = ""
		if !analyzers.IsZero(u[1]) {
			revs.WriteString(u[1] + "\n")
		}
	}
	if _, err := io.WriteString(in, "0000"); err != nil {
		return err
	}
	if revs.Len() > 0 {
		pack := exec.Command("git", "pack-objects", "--revs", "--stdout", "-q")
		pack.Stdin, pack.Stdout, pack.Stderr = strings.NewReader(revs.String()), in, os.Stderr
		if err := pack.Run(); err != nil {
			return err
		}
	}
	_ = in.Close()
	report, err := readPackets(answers)
	if err != nil {
		return err
	}
	err = server.Wait()
	for _, line := range report {
		fmt.Fprint(os.Stderr, line)
		if !strings.HasPrefix(line, "ok ") && line != "unpack ok\n" {
			err = errors.New("rejected")
		}
	}
	return err
}

// readPackets reads pkt-lines up to a flush packet (gitprotocol-common(5)).
func readPackets(r io.Reader) ([]string, error) {
	var lines []string
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(r, head); err != nil {
			return lines, err
		}
		n, err := strconv.ParseUint(string(head), 16, 16)
		if err != nil || n == 0 {
			return lines, err
		}
		line := make([]byte, n-4)
		if _, err := io.ReadFull(r, line); err != nil {
			return lines, err
		}
		lines = append(lines, string(line))
	}
}

// makeObjects is the program "objects N TEXT": it commits so many files to main, flat and with one line each, that the commit
// brings exactly N objects; the last file has TEXT in its line. A branch that exists goes on.
func makeObjects(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: objects N TEXT")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 3 {
		return fmt.Errorf("%q objects: there are a commit and a tree beside the files", args[0])
	}
	var b bytes.Buffer
	message := "feat: many files (#1)\n"
	fmt.Fprintf(&b, "commit refs/heads/main\ncommitter Ada <ada@example.com> 1714979289 +0000\ndata %d\n%s", len(message), message)
	if exec.Command("git", "rev-parse", "-q", "--verify", "refs/heads/main").Run() == nil {
		b.WriteString("from refs/heads/main^0\n")
	}
	b.WriteString("deleteall\n")
	for i := range n - 2 {
		line := fmt.Sprintf("file %d of %d\n", i, n)
		if i == n-3 {
			line = args[1] + "\n"
		}
		fmt.Fprintf(&b, "M 100644 inline f%05d\ndata %d\n%s", i, len(line), line)
	}
	cmd := exec.Command("git", "fast-import", "--quiet", "--force")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &b, os.Stdout, os.Stderr
	return cmd.Run()
}
