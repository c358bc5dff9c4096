package catalog

// found and right stand before the two parts of an example.
const (
	found = "// found\n"
	right = "\n// right\n"
)

// examples have for each rule what is found and what is right, as a fragment of Go. A test parses them.
var examples = map[string][2]string{
	"G101": {`const token = "…" // the token itself`, `token := os.Getenv("SHOP_TOKEN")`},
	"G102": {`l, err := net.Listen("tcp", ":8080")`, `l, err := net.Listen("tcp", "127.0.0.1:8080")`},
	"G103": {`n := *(*uint64)(unsafe.Pointer(&b[0]))`, `n := binary.LittleEndian.Uint64(b)`},
	"G104": {`f.Close()`, "if err := f.Close(); err != nil {\n\treturn err\n}"},
	"G106": {`c.HostKeyCallback = ssh.InsecureIgnoreHostKey()`, "c.HostKeyCallback, err = knownhosts.New(file)"},
	"G107": {`r, err := http.Get(r.FormValue("url"))`, `r, err := http.Get(feeds[r.FormValue("feed")]) // a fixed list`},
	"G108": {`import _ "net/http/pprof" // and http.ListenAndServe(addr, nil)`, `import "net/http/pprof" // and a mux of its own, on 127.0.0.1`},
	"G109": {"n, err := strconv.Atoi(s)\nm := int32(n)", "n, err := strconv.ParseInt(s, 10, 32)\nm := int32(n)"},
	"G110": {`_, err := io.Copy(w, gz)`, `_, err := io.CopyN(w, gz, limit)`},
	"G111": {`http.Handle("/", http.FileServer(http.Dir("/")))`, `http.Handle("/", http.FileServer(http.Dir("/srv/www")))`},
	"G112": {`s := &http.Server{Addr: addr}`, `s := &http.Server{Addr: addr, ReadHeaderTimeout: 5 * time.Second}`},
	"G113": {"w.Header().Set(\"Content-Length\", n)\nw.Header().Set(\"Transfer-Encoding\", \"chunked\")", `w.Header().Set("Content-Length", n)`},
	"G114": {`err := http.ListenAndServe(addr, h)`, "s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 5 * time.Second}\nerr := s.ListenAndServe()"},
	"G115": {`m := int32(n) // n is an int64`, "if n < math.MinInt32 || n > math.MaxInt32 {\n\treturn errRange\n}\nm := int32(n)"},
	"G116": {`s := "a…b" // with the character U+202E itself, which cannot be shown here`, `s := "a\u202eb"`},
	"G117": {"type login struct {\n\tPassword string `json:\"password\"`\n}", "type login struct {\n\tPassword string `json:\"-\"`\n}"},
	"G118": {`go fetch(context.Background(), url) // in a handler of a request`, `go fetch(r.Context(), url)`},
	"G119": {"c.CheckRedirect = func(r *http.Request, via []*http.Request) error {\n\tr.Header = via[0].Header.Clone()\n\treturn nil\n}",
		"c.CheckRedirect = nil // net/http drops credentials when the host changes"},
	"G120": {`err := r.ParseForm()`, "r.Body = http.MaxBytesReader(w, r.Body, 1<<20)\nerr := r.ParseForm()"},
	"G121": {`p.AddInsecureBypassPattern("/")`, `p.AddInsecureBypassPattern("/hooks/payment")`},
	"G122": {"err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {\n\treturn os.Remove(path)\n})",
		"root, err := os.OpenRoot(dir)\nerr = fs.WalkDir(root.FS(), \".\", func(path string, _ fs.DirEntry, _ error) error {\n\treturn root.Remove(path)\n})"},
	"G123": {`c := &tls.Config{VerifyPeerCertificate: verify}`, `c := &tls.Config{VerifyConnection: verify}`},
	"G124": {`http.SetCookie(w, &http.Cookie{Name: "session", Value: id})`,
		`http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})`},
	"G201": {`rows, err := db.Query(fmt.Sprintf("SELECT * FROM users WHERE name = '%s'", name))`, `rows, err := db.Query("SELECT * FROM users WHERE name = ?", name)`},
	"G202": {`rows, err := db.Query("SELECT * FROM users WHERE name = '" + name + "'")`, `rows, err := db.Query("SELECT * FROM users WHERE name = ?", name)`},
	"G203": {`err := page.Execute(w, template.HTML(comment))`, `err := page.Execute(w, comment) // html/template escapes it`},
	"G204": {`cmd := exec.Command("sh", "-c", "convert "+name)`, `cmd := exec.Command("convert", "--", name) // name checked before`},
	"G301": {`err := os.MkdirAll(dir, 0o777)`, `err := os.MkdirAll(dir, 0o750)`},
	"G302": {`err := os.Chmod(file, 0o666)`, `err := os.Chmod(file, 0o600)`},
	"G303": {`f, err := os.Create("/tmp/report")`, `f, err := os.CreateTemp("", "report")`},
	"G304": {`data, err := os.ReadFile(filepath.Join(dir, name))`, "root, err := os.OpenRoot(dir)\ndata, err := root.ReadFile(name)"},
	"G305": {`path := filepath.Join(dir, header.Name)`, "root, err := os.OpenRoot(dir)\nf, err := root.Create(header.Name)"},
	"G306": {`err := os.WriteFile(file, data, 0o644)`, `err := os.WriteFile(file, data, 0o600)`},
	"G307": {`f, err := os.Create(file)`, `f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)`},
	"G401": {`sum := md5.Sum(data)`, `sum := sha256.Sum256(data)`},
	"G402": {`c := &tls.Config{InsecureSkipVerify: true}`, `c := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}`},
	"G403": {`key, err := rsa.GenerateKey(rand.Reader, 1024)`, `key, err := rsa.GenerateKey(rand.Reader, 3072)`},
	"G404": {`token := rand.Int63() // of math/rand`, `token := rand.Text() // of crypto/rand`},
	"G405": {`block, err := des.NewCipher(key)`, `block, err := aes.NewCipher(key)`},
	"G406": {`h := md4.New()`, `h := sha256.New()`},
	"G407": {`out := gcm.Seal(nil, []byte("000000000000"), text, nil)`, "nonce := make([]byte, gcm.NonceSize())\n_, err := rand.Read(nonce)\nout := gcm.Seal(nonce, nonce, text, nil)"},
	"G408": {"c.PublicKeyCallback = func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {\n\tlast = key // the key that is asked about need not be the one that is used\n\treturn nil, nil\n}",
		"c.PublicKeyCallback = func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {\n\treturn &ssh.Permissions{Extensions: map[string]string{\"key\": ssh.FingerprintSHA256(key)}}, nil\n}"},
	"G501": {`import "crypto/md5"`, `import "crypto/sha256"`},
	"G502": {`import "crypto/des"`, `import "crypto/aes"`},
	"G503": {`import "crypto/rc4"`, `import "golang.org/x/crypto/chacha20poly1305"`},
	"G504": {`import "net/http/cgi"`, `import "net/http/fcgi" // or a server of its own behind a proxy`},
	"G505": {`import "crypto/sha1"`, `import "crypto/sha256"`},
	"G506": {`import "golang.org/x/crypto/md4"`, `import "crypto/sha256"`},
	"G507": {`import "golang.org/x/crypto/ripemd160"`, `import "crypto/sha256"`},
	"G601": {"for _, v := range list { // before Go 1.22\n\tall = append(all, &v)\n}", "for i := range list {\n\tall = append(all, &list[i])\n}"},
	"G602": {"s := make([]int, 3)\ns[3] = 1", "s := make([]int, 4)\ns[3] = 1"},
	"G701": {`rows, err := db.Query("SELECT * FROM users WHERE name = '" + r.FormValue("name") + "'")`, `rows, err := db.Query("SELECT * FROM users WHERE name = ?", r.FormValue("name"))`},
	"G702": {`out, err := exec.Command("sh", "-c", r.FormValue("run")).Output()`, `out, err := exec.Command(commands[r.FormValue("run")]).Output() // a fixed list`},
	"G703": {`data, err := os.ReadFile("/srv/files/" + r.FormValue("file"))`, "root, err := os.OpenRoot(\"/srv/files\")\ndata, err := root.ReadFile(r.FormValue(\"file\"))"},
	"G704": {`res, err := http.Get(r.FormValue("url"))`, `res, err := http.Get(feeds[r.FormValue("feed")]) // a fixed list`},
	"G705": {`fmt.Fprintf(w, "<p>%s</p>", r.FormValue("name"))`, `err := page.Execute(w, r.FormValue("name")) // html/template escapes it`},
	"G706": {`log.Printf("user %s", r.FormValue("name"))`, `log.Printf("user %q", r.FormValue("name"))`},
	"G707": {`err := smtp.SendMail(addr, auth, from, to, []byte("Subject: "+r.FormValue("subject")+"\r\n\r\nHello"))`,
		"subject := mime.QEncoding.Encode(\"utf-8\", r.FormValue(\"subject\"))\nerr := smtp.SendMail(addr, auth, from, to, []byte(\"Subject: \"+subject+\"\\r\\n\\r\\nHello\"))"},
	"G708": {`t, err := template.New("page").Parse(r.FormValue("page"))`, "t, err := template.ParseFS(pages, \"page.html\")\nerr = t.Execute(w, r.FormValue(\"name\"))"},
	"G709": {`err := gob.NewDecoder(r.Body).Decode(&value) // value is an interface`, `err := json.NewDecoder(r.Body).Decode(&order) // order is a struct`},
	"G710": {`http.Redirect(w, r, r.FormValue("next"), http.StatusFound)`, `http.Redirect(w, r, pages[r.FormValue("next")], http.StatusFound) // a fixed list`},
}

// Example returns a fragment of Go: what the rule finds, and below it what is right.
func (r Rule) Example() string {
	e, ok := examples[r.ID]
	if !ok {
		return ""
	}
	return found + e[0] + right + e[1]
}
