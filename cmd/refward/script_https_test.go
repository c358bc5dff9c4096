//go:build unix

package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdHTTPS is "https DIR": it serves a directory of $WORK at $TLS, with a certificate that programs of the script trust. "https" alone
// ends that server.
func cmdHTTPS(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) <= 1, "https [DIR]")
	w := worldOf(ts)
	if len(args) == 0 {
		w.tls.Close()
		return
	}
	files := http.FileServer(http.Dir(filepath.Join(w.dir, args[0])))
	w.tls = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(rw, r, "/policy.yaml", http.StatusFound)
		case "/plain":
			http.Redirect(rw, r, "http://"+r.Host+"/policy.yaml", http.StatusFound)
		case "/denied":
			http.Error(rw, "log in", http.StatusForbidden)
		default:
			files.ServeHTTP(rw, r)
		}
	}))
	ts.Defer(w.tls.Close)
	ca := filepath.Join(w.dir, ".home", "ca.pem")
	ts.Check(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.tls.Certificate().Raw}), 0o600))
	ts.Setenv("TLS", w.tls.URL)
	ts.Setenv("SSL_CERT_FILE", ca)
}
