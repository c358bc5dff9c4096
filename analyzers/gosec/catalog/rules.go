package catalog

// rules are held equal to those of gosec by a test of package engine.
var rules = []Rule{
	{
		ID: "G101", CWE: "798", Summary: "a credential is written in the code",
		Why: "Everybody who may read the code may use it, and it stays in the history.",
		Fix: "read it from the environment, a file outside of the repository or a secret store",
	},
	{
		ID: "G102", CWE: "200", Summary: "a server listens on all interfaces",
		Why: "It can then be reached from networks that were not thought of.",
		Fix: "bind to one address, such as 127.0.0.1, and let the configuration say which",
	},
	{
		ID: "G103", CWE: "242", Summary: "unsafe is used",
		Why: "The compiler no longer checks types and memory there.",
		Fix: "do without unsafe, or keep it in one small audited place",
	},
	{
		ID: "G104", CWE: "703", Summary: "an error is not looked at",
		Why: "What failed goes on as if it had not.",
		Fix: "handle the error, or assign it to _ where it cannot matter",
	},
	{
		ID: "G106", CWE: "322", Summary: "ssh.InsecureIgnoreHostKey accepts any host",
		Why: "Whoever sits in between can be the host.",
		Fix: "check the key with knownhosts.New or ssh.FixedHostKey",
	},
	{
		ID: "G107", CWE: "88", Summary: "the URL of a request comes from a variable",
		Why: "Whoever has a say in it makes this machine ask others (SSRF).",
		Fix: "choose the host from a fixed list and build the URL from checked parts",
	},
	{
		ID: "G108", CWE: "200", Summary: "net/http/pprof is served with everything else",
		Why: "It shows memory and commands of the process to everybody.",
		Fix: "serve it on another mux, on an address that only operators reach",
	},
	{
		ID: "G109", CWE: "190", Summary: "a number from strconv.Atoi is made smaller",
		Why: "A large one becomes another number, or a negative one.",
		Fix: "use strconv.ParseInt with the size that is needed",
	},
	{
		ID: "G110", CWE: "409", Summary: "io.Copy writes out what is being decompressed",
		Why: "A small file can become one of any size (a decompression bomb).",
		Fix: "use io.CopyN, or io.LimitReader with a limit",
	},
	{
		ID: "G111", CWE: "22", Summary: "http.Dir(\"/\") serves the whole file system",
		Why: "Every file that the process may read can be fetched.",
		Fix: "serve one directory, with os.Root or http.Dir of it",
	},
	{
		ID: "G112", CWE: "400", Summary: "an http.Server has no ReadHeaderTimeout",
		Why: "Clients that send slowly keep its connections (Slowloris).",
		Fix: "set ReadHeaderTimeout, and ReadTimeout and WriteTimeout where they fit",
	},
	{
		ID: "G113", SSA: true, CWE: "444", Summary: "a request can be read in two ways",
		Why: "What stands in front of the server sees another request than the server does (request smuggling).",
		Fix: "set only one of Content-Length and Transfer-Encoding, and refuse bare line feeds",
	},
	{
		ID: "G114", CWE: "676", Summary: "net/http serves without timeouts",
		Why: "http.ListenAndServe and its like cannot have any.",
		Fix: "make an http.Server with ReadHeaderTimeout and call its ListenAndServe",
	},
	{
		ID: "G115", SSA: true, CWE: "190", Summary: "a conversion of integers can overflow",
		Why: "A number that does not fit becomes another number.",
		Fix: "check the range before converting",
	},
	{
		ID: "G116", CWE: "838", Summary: "the file has characters that change the direction of writing",
		Why: "The code that is read is not the code that is compiled (Trojan Source).",
		Fix: "remove them, or write them as escapes in a string",
	},
	{
		ID: "G117", CWE: "499", Summary: "a field that looks like a secret is marshalled",
		Why: "It ends up in responses, logs and files.",
		Fix: "mark it with \"-\" in the tag, or give it a type that does not marshal",
	},
	{
		ID: "G118", SSA: true, CWE: "400", Summary: "a context is not passed on or never cancelled",
		Why: "Work goes on that nobody waits for, and what it holds is never freed.",
		Fix: "pass the caller's context on, and call the cancel function",
	},
	{
		ID: "G119", SSA: true, CWE: "200", Summary: "a redirect policy passes headers on to other hosts",
		Why: "Credentials go to wherever a server redirects to.",
		Fix: "drop Authorization and Cookie when the host changes",
	},
	{
		ID: "G120", SSA: true, CWE: "400", Summary: "a form of any size is parsed",
		Why: "One request can use up the memory.",
		Fix: "wrap the body in http.MaxBytesReader before parsing",
	},
	{
		ID: "G121", SSA: true, CWE: "346", Summary: "http.CrossOriginProtection is bypassed for patterns that are too wide",
		Why: "Other sites can then send requests in the user's name.",
		Fix: "name exactly the paths that need it",
	},
	{
		ID: "G122", SSA: true, CWE: "367", Summary: "a path from filepath.Walk is opened again",
		Why: "It may have become a link to elsewhere in between.",
		Fix: "walk and open through os.Root",
	},
	{
		ID: "G123", SSA: true, CWE: "295", Summary: "VerifyPeerCertificate is set without VerifyConnection",
		Why: "A resumed connection is not verified by it.",
		Fix: "use VerifyConnection, which is called for resumed connections too",
	},
	{
		ID: "G124", SSA: true, CWE: "614", Summary: "a cookie is set without Secure, HttpOnly or SameSite",
		Why: "It can be read over plain HTTP or by scripts, or be sent by other sites.",
		Fix: "set all three",
	},
	{
		ID: "G201", CWE: "89", Summary: "a query is made with a format string",
		Why: "What a user sends can become part of the query (SQL injection).",
		Fix: "use placeholders and pass the values as arguments",
	},
	{
		ID: "G202", CWE: "89", Summary: "a query is made by joining strings",
		Why: "What a user sends can become part of the query (SQL injection).",
		Fix: "use placeholders and pass the values as arguments",
	},
	{
		ID: "G203", CWE: "79", Summary: "text enters an HTML template without escaping",
		Why: "What a user sends can become part of the page (XSS).",
		Fix: "pass a plain string, which the template escapes",
	},
	{
		ID: "G204", CWE: "78", Summary: "a command is run whose name or arguments come from variables",
		Why: "Whoever has a say in them runs commands.",
		Fix: "use a fixed program, and check each argument against what is allowed",
	},
	{
		ID: "G301", CWE: "276", Summary: "a directory is made that others may write to or read",
		Why: "Other users of the machine can use it.",
		Fix: "use 0750 or less",
	},
	{
		ID: "G302", CWE: "276", Summary: "a file is opened or changed to be readable or writable by others",
		Why: "Other users of the machine can use it.",
		Fix: "use 0600 or less",
	},
	{
		ID: "G303", CWE: "377", Summary: "a temporary file has a name that can be known before",
		Why: "Somebody can put a link or a file there first.",
		Fix: "use os.CreateTemp or os.MkdirTemp",
	},
	{
		ID: "G304", CWE: "22", Summary: "a file is opened whose name comes from a variable",
		Why: "Whoever has a say in it reads any file.",
		Fix: "open it through os.OpenRoot, or check the name with filepath.IsLocal",
	},
	{
		ID: "G305", CWE: "22", Summary: "a name from an archive becomes a path",
		Why: "An archive with ../ in it writes anywhere (Zip Slip).",
		Fix: "check it with filepath.IsLocal, or write through os.Root",
	},
	{
		ID: "G306", CWE: "276", Summary: "a file is written that others may read",
		Why: "Other users of the machine can use it.",
		Fix: "use 0600 or less",
	},
	{
		ID: "G307", CWE: "276", Summary: "os.Create makes a file that others may read",
		Why: "Its mode is 0666 less the umask.",
		Fix: "use os.OpenFile with 0600",
	},
	{
		ID: "G401", CWE: "328", Summary: "a weak hash is used, such as MD5 or SHA-1",
		Why: "Two texts with the same hash can be made.",
		Fix: "use sha256, or bcrypt, scrypt or argon2 for passwords",
	},
	{
		ID: "G402", CWE: "295", Summary: "a TLS setting is weak",
		Why: "The connection can be read or altered by others.",
		Fix: "leave InsecureSkipVerify off and MinVersion at tls.VersionTLS12 or more",
	},
	{
		ID: "G403", CWE: "310", Summary: "an RSA key has fewer than 2,048 bits",
		Why: "It can be broken.",
		Fix: "use 3072 bits or more, or ed25519",
	},
	{
		ID: "G404", CWE: "338", Summary: "math/rand makes a number that ought to be secret",
		Why: "Its numbers can be foretold.",
		Fix: "use crypto/rand",
	},
	{
		ID: "G405", CWE: "327", Summary: "DES or RC4 is used",
		Why: "They can be broken.",
		Fix: "use AES-GCM or ChaCha20-Poly1305",
	},
	{
		ID: "G406", CWE: "328", Summary: "MD4 or RIPEMD-160 is used",
		Why: "Two texts with the same hash can be made.",
		Fix: "use sha256",
	},
	{
		ID: "G407", SSA: true, CWE: "1204", Summary: "the nonce or IV of an encryption is fixed",
		Why: "What is encrypted twice shows what the texts have in common.",
		Fix: "make a new one with crypto/rand for every message",
	},
	{
		ID: "G408", SSA: true, CWE: "287", Summary: "ssh.PublicKeyCallback keeps state between calls",
		Why: "The last key that was asked about need not be the one that is used.",
		Fix: "take what is needed from ssh.Permissions, not from variables",
	},
	{
		ID: "G501", CWE: "327", Summary: "crypto/md5 is imported",
		Why: "Two texts with the same hash can be made.",
		Fix: "use crypto/sha256",
	},
	{
		ID: "G502", CWE: "327", Summary: "crypto/des is imported",
		Why: "It can be broken.",
		Fix: "use crypto/aes with GCM",
	},
	{
		ID: "G503", CWE: "327", Summary: "crypto/rc4 is imported",
		Why: "It can be broken.",
		Fix: "use crypto/aes with GCM",
	},
	{
		ID: "G504", CWE: "327", Summary: "net/http/cgi is imported",
		Why: "A header Proxy of a request becomes HTTP_PROXY in old versions (Httpoxy).",
		Fix: "serve HTTP directly or through FastCGI",
	},
	{
		ID: "G505", CWE: "327", Summary: "crypto/sha1 is imported",
		Why: "Two texts with the same hash can be made.",
		Fix: "use crypto/sha256",
	},
	{
		ID: "G506", CWE: "327", Summary: "golang.org/x/crypto/md4 is imported",
		Why: "Two texts with the same hash can be made.",
		Fix: "use crypto/sha256",
	},
	{
		ID: "G507", CWE: "327", Summary: "golang.org/x/crypto/ripemd160 is imported",
		Why: "It is old and short.",
		Fix: "use crypto/sha256",
	},
	{
		ID: "G601", CWE: "118", Summary: "the address of a loop variable is kept",
		Why: "Before Go 1.22 all of them are the same.",
		Fix: "copy the variable, or use Go 1.22 or later",
	},
	{
		ID: "G602", SSA: true, CWE: "118", Summary: "an index or a slice can be out of range",
		Why: "The program then panics, and whoever sends the input ends it.",
		Fix: "check the length first",
	},
	{
		ID: "G701", SSA: true, CWE: "89", Summary: "what comes from outside reaches an SQL query",
		Why: "A user can write the query.",
		Fix: "use placeholders and pass the values as arguments",
	},
	{
		ID: "G702", SSA: true, CWE: "78", Summary: "what comes from outside reaches a command",
		Why: "A user can run commands.",
		Fix: "use a fixed program, and check each argument against what is allowed",
	},
	{
		ID: "G703", SSA: true, CWE: "22", Summary: "what comes from outside reaches a path",
		Why: "A user can read or write any file.",
		Fix: "open it through os.OpenRoot, or check it with filepath.IsLocal",
	},
	{
		ID: "G704", SSA: true, CWE: "918", Summary: "what comes from outside reaches the URL of a request",
		Why: "A user can make this machine ask others (SSRF).",
		Fix: "choose the host from a fixed list",
	},
	{
		ID: "G705", SSA: true, CWE: "79", Summary: "what comes from outside reaches a page unescaped",
		Why: "A user can put scripts into it (XSS).",
		Fix: "write it through html/template, or escape it",
	},
	{
		ID: "G706", SSA: true, CWE: "117", Summary: "what comes from outside reaches a log",
		Why: "A user can forge entries.",
		Fix: "log it as a value of a structured logger, or quote it with %q",
	},
	{
		ID: "G707", SSA: true, CWE: "93", Summary: "what comes from outside reaches a mail's headers or commands",
		Why: "A user can send other mails.",
		Fix: "refuse line ends in it",
	},
	{
		ID: "G708", SSA: true, CWE: "94", Summary: "what comes from outside reaches the text of a template",
		Why: "A user can write the template.",
		Fix: "keep templates fixed and pass the values as data",
	},
	{
		ID: "G709", SSA: true, CWE: "502", Summary: "what comes from outside is decoded into types that it chooses",
		Why: "A user can make objects that were not thought of.",
		Fix: "decode into one fixed type, with limits",
	},
	{
		ID: "G710", SSA: true, CWE: "601", Summary: "what comes from outside reaches a redirect",
		Why: "A user can send others elsewhere.",
		Fix: "redirect to paths of this site, or to hosts from a fixed list",
	},
}
