package checksum

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
	"testing"
	"unicode"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// crc is the checksum of s in a base of package big, padded to a width. Its digits above 35 are of the other case than those
// of the issuers.
func crc(s string, base, width int) string {
	text := big.NewInt(int64(crc32.ChecksumIEEE([]byte(s)))).Text(base)
	if base > 36 {
		text = strings.Map(func(r rune) rune {
			if unicode.IsUpper(r) {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, text)
	}
	return strings.Repeat("0", width-len(text)) + text
}

func like(prefix, salt string) string {
	body := analyzerstest.Fake("", "alnum", 30, prefix, salt)
	return prefix + body + crc(body, 62, 6)
}

func routable(prefix, version, salt string) string {
	head := prefix + analyzerstest.Fake("", "alnum", 27+len(salt)%50, prefix, salt) + "." + version + "0r"
	return head + crc(head, 36, 7)
}

func serviceAccount(salt string) string {
	head := analyzerstest.Fake("glsa"+"_", "alnum", 32, salt)
	return head + fmt.Sprintf("_%x", binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(head))))
}

func cloud(salt string) string {
	head := analyzerstest.Fake("ATATT"+"3xFfGF0", "alnum", 171, salt) + "="
	return head + strings.ToUpper(crc(head, 16, 8))
}

// identity makes an identity of age: the checksum is the one, out of all, that leaves 1.
func identity(salt string) string {
	data := analyzerstest.Fake("", bech32Digits, 52, salt)
	sum := uint32(1)
	step := func(values ...uint32) {
		for _, v := range values {
			sum = bech32Step(sum, v)
		}
	}
	for _, c := range "age-secret-key-" {
		step(uint32(c) >> 5)
	}
	step(0)
	for _, c := range "age-secret-key-" {
		step(uint32(c) & 31)
	}
	for _, c := range data {
		step(uint32(strings.IndexRune(bech32Digits, c)))
	}
	step(0, 0, 0, 0, 0, 0)
	sum ^= 1
	for i := 5; i >= 0; i-- {
		data += string(bech32Digits[sum>>(5*i)&31])
	}
	return "AGE-SECRET-KEY-" + "1" + strings.ToUpper(data)
}

// Every token with a checksum is valid as it was made, and no longer after any one character of it was changed. A letter in
// place of another is what the rule finds too; anything else is another shape, about which nothing is said.
func TestMutations(t *testing.T) {
	const letters = "a7Zq"
	for _, kind := range []struct {
		rule     string
		make     func(salt string) string
		from, to string // what stands before and after the random part
		letters  string
		want     string // of another letter there
	}{
		{"github-pat", func(s string) string { return like("gh"+"p_", s) }, "gh" + "p_", "", letters, Invalid},
		{"github-oauth", func(s string) string { return like("gh"+"o_", s) }, "gh" + "o_", "", letters, Invalid},
		{"github-app-token", func(s string) string { return like("gh"+"u_", s) }, "gh" + "u_", "", letters, Invalid},
		{"github-app-token", func(s string) string { return like("gh"+"s_", s) }, "gh" + "s_", "", letters, Invalid},
		{"npm-access-token", func(s string) string { return like("npm"+"_", s) }, "npm" + "_", "", letters, Invalid},
		{"gitlab-pat", func(s string) string { return routable("glpat"+"-", "01.", s) }, "glpat" + "-", ".", letters, Invalid},
		{"gitlab-pat-routable", func(s string) string { return routable("glpat"+"-", "", s) }, "glpat" + "-", ".", letters, Invalid},
		{"gitlab-runner-authentication-token", func(s string) string { return routable("glrt"+"-t1_", "01.", s) },
			"glrt" + "-", ".", letters, Unknown},
		{"gitlab-runner-authentication-token-routable", func(s string) string { return routable("glrt"+"-t3_", "", s) },
			"glrt" + "-", ".", letters, Unknown},
		{"grafana-service-account-token", serviceAccount, "glsa" + "_", "_", letters, Invalid},
		{"atlassian-api-token", cloud, "ATATT" + "3", "=", letters, Unknown},
		{"age-secret-key", identity, "AGE-SECRET-KEY-" + "1", "", "QPZ7", Invalid},
	} {
		for i := range 20 {
			token := kind.make(strings.Repeat("x", i))
			if got := Validity(kind.rule, token); got != Valid {
				t.Fatalf("%s: %s: %s", kind.rule, token, got)
			}
			from, to := len(kind.from), len(token)
			if kind.to != "" {
				to = from + strings.Index(token[from:], kind.to)
			}
			for at := range len(token) {
				for _, c := range kind.letters + "-_. =\x00\xff" {
					mutated := token[:at] + string(c) + token[at+1:]
					if mutated == token || at > to && strings.EqualFold(mutated, token) {
						continue // hexadecimal digits mean the same in both cases
					}
					got := Validity(kind.rule, mutated)
					if got == Valid {
						t.Fatalf("%s: %s is valid, and %q too", kind.rule, token, mutated)
					}
					if from <= at && at < to && strings.ContainsRune(kind.letters, c) && got != kind.want {
						t.Errorf("%s: %q: %s", kind.rule, mutated, got)
					}
				}
				if got := Validity(kind.rule, token[:at]); got != Unknown {
					t.Errorf("%s: cut to %s: %s", kind.rule, token[:at], got)
				}
			}
		}
	}
}

// Examples that the issuers, or those who describe a format, publish for tests.
func TestPublished(t *testing.T) {
	for _, tt := range []struct{ what, rule, secret, want string }{
		{"Grafana's own test (pkg/components/satokengen/tokengen_test.go)", "grafana-service-account-token",
			"glsa" + "_yscW25imSKJIuav8zF37RZmnbiDvB05G_" + "fcaaf58a", Valid},
		{"the same with another checksum", "grafana-service-account-token", "glsa" + "_yscW25imSKJIuav8zF37RZmnbiDvB05G_" + "fcaaf58b", Invalid},
		{"the same in upper case, as the rule takes it too", "grafana-service-account-token",
			strings.ToUpper("glsa" + "_yscW25imSKJIuav8zF37RZmnbiDvB05G_" + "fcaaf58a"), Unknown},
		{"age's test kit (C2SP/CCTV)", "age-secret-key", "AGE-SECRET-KEY-" + "1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0", Valid},
		{"the dummy of secretlint/secretlint#200", "npm-access-token", "npm" + "_qkJaB6MffYVzZXWqmcoF49yrUxP3wf" + "0LsakP", Valid},
		{"an old token of npm", "npm-access-token", "00000000-0000-0000-0000-000000000000", Unknown},
		{"the form of GitHub's documentation, which is older than checksums", "github-refresh-token", "gh" + "r_" + strings.Repeat("1B4a", 19), Unknown},
		{"an old token of GitLab", "gitlab-pat", "glpat" + "-" + strings.Repeat("aB3x", 5), Unknown},
		{"a version to come", "gitlab-pat", routable("glpat"+"-", "02.", "x"), Unknown},
		{"the base64 of an old token", "atlassian-api-token", strings.Repeat("a0", 12), Unknown},
		{"a rule that nobody knows", "acme", like("gh"+"p_", "x"), Unknown},
		{"another rule's token", "npm-access-token", like("gh"+"p_", "x"), Unknown},
		{"a fine-grained token", "github-fine-grained-pat", "github_" + "pat_" + strings.Repeat("a", 22) + "_" + strings.Repeat("b", 59), Unknown},
		{"a key id", "aws-access-token", "AKIA" + strings.Repeat("Q", 16), Unknown},
	} {
		if got := Validity(tt.rule, tt.secret); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
	// BIP-173, "Test vectors".
	for s, want := range map[string]bool{
		"a1:2uel5l": true, "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1:tt5tgs": true,
		"split1:checkupstagehandshakeupstreamerranterredcaperred2y9e3w": true, "?1:ezyfcl": true, "a1:2uel5z": false,
		"split1:cheekupstagehandshakeupstreamerranterredcaperred2y9e3w": false,
	} {
		readable, data, _ := strings.Cut(s, "1:")
		if got := bech32(readable, data); got != want {
			t.Errorf("bech32 %s: %t", s, got)
		}
	}
}

// What stands around a match decides whether all of the token was seen.
func TestIn(t *testing.T) {
	good := like("gh"+"p_", "good")
	broken := good[:len(good)-6] + "0AAAAA"
	personal := routable("glpat"+"-", "01.", "good")
	refresh := analyzerstest.Fake("", "alnum", 70, "refresh")
	refresh = "gh" + "r_" + refresh + crc(refresh, 62, 6)
	for _, tt := range []struct {
		name, rule, before, match, after, want string
	}{
		{"alone", "github-pat", "", good, "", Valid},
		{"in a sentence", "github-pat", "(see ", good, ".)", Valid},
		{"broken", "github-pat", "token=", broken, "\n", Invalid},
		{"broken, in a sentence", "github-pat", "token: ", broken, ".\n", Invalid},
		{"broken, but perhaps longer", "github-pat", "token=", broken, "x", Unknown},
		{"broken, but perhaps begun before", "github-pat", "x", broken, "", Unknown},
		{"right, wherever it begins", "github-pat", "x", good, "", Valid},
		{"a JWT of 2026", "github-app-token", "", "gh" + "s_" + strings.Repeat("1", 36), "_eyJhbGciOi.eyJpc3MiOi.x-y", Unknown},
		{"longer than the rule knows", "github-refresh-token", "", refresh[:40], refresh[40:] + " ", Unknown},
		{"the rule for older tokens sees the beginning", "gitlab-pat", "", personal[:26], personal[26:], Valid},
		{"with a broken end", "gitlab-pat", "", personal[:26], personal[26:len(personal)-7] + "0000000", Invalid},
		{"with a prefix of the instance", "gitlab-pat", "acme-", personal[:26], personal[26:len(personal)-7] + "0000000", Unknown},
		{"an old token before a file's ending", "gitlab-pat", "", personal[:26], ".tar.gz", Unknown},
		{"without an end", "github-pat", "", broken, strings.Repeat("x", maxToken), Unknown},
	} {
		text := tt.before + tt.match + tt.after
		if got := In(tt.rule, text, len(tt.before), len(tt.before)+len(tt.match)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, at := range [][2]int{{-1, 3}, {0, 1000}, {3, 3}, {4, 3}} {
		if got := In("github-pat", good, at[0], at[1]); got != Unknown {
			t.Errorf("%v: %s", at, got)
		}
	}
}

// key puts text into the armour of PEM.
func key(kind, text string) string {
	const dashes = "-----"
	return dashes + "BEGIN " + kind + " KEY" + dashes + "\n" + text + "\n" + dashes + "END " + kind + " KEY" + dashes
}

func TestForms(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	url := base64.RawURLEncoding.EncodeToString
	header := func(text string) string {
		return url([]byte(text)) + "." + url([]byte(`{"sub":"1"}`)) + ".c2lnbmF0dXJl"
	}
	organisation := func(text, end string) string {
		return "sntrys" + "_" + b64([]byte(text)) + "_" + analyzerstest.Fake("", "alnum", 43) + end
	}
	mac := func(fields string) string { return "pypi" + "-" + url([]byte("\x02"+fields)) }
	const (
		named   = "\x01\x08pypi.org\x02\x03abc\x00"
		caveat  = "\x02\x05scope\x00"
		signing = "\x00\x06\x20"
	)
	signature := strings.Repeat("s", 32)
	x := strings.Repeat("x", 64)
	for _, tt := range []struct{ name, rule, secret, want string }{
		{"a token", "jwt", header(`{"alg":"HS256","typ":"JWT"}`), Unknown},
		{"without its algorithm", "jwt", header(`{"typ":"JWT"}`), Unknown},
		{"words with dots", "jwt", "eyewitnessaccounts" + ".eyelinerpencils" + ".somethingelse", Invalid},
		{"a list", "jwt", header(`["alg"]`), Invalid},
		{"broken off", "jwt", header(`{"alg":"HS2`), Invalid},
		{"without a dot", "jwt", url([]byte(`["alg"]`)), Unknown},

		{"a token", "sentry-org-token", organisation(`{"iat":1.5,"url":null,"region_url":"u","org":"o"}`, ""), Unknown},
		{"with a quote after it", "sentry-org-token", organisation(`{"iat":1.5,"region_url":"u"}`, `"`), Unknown},
		{"issued never", "sentry-org-token", organisation(`{"iat":null,"region_url":"u"}`, "\n"), Invalid},
		{"issued by words", "sentry-org-token", organisation(`{"iat":"now"}`, ""), Invalid},
		{"no JSON", "sentry-org-token", organisation(`{"iat":1.5,"region_url"`, ""), Invalid},
		{"with a part more", "sentry-org-token", organisation(`{}`, "_x"), Unknown},

		{"a token", "pypi-upload-token", mac(named + caveat + caveat + signing + signature), Unknown},
		{"without restrictions", "pypi-upload-token", mac(named + signing + signature), Unknown},
		{"cut", "pypi-upload-token", mac(named + caveat + signing), Unknown},
		{"glued to something", "pypi-upload-token", mac(named + signing + signature + "abc"), Unknown},
		{"of another version", "pypi-upload-token", "pypi" + "-" + url([]byte("\x01"+named)), Invalid},
		{"a line of x", "pypi-upload-token", "pypi" + "-" + "AgEIcHlwaS5vcmc" + x, Invalid},
		{"without a name", "pypi-upload-token", mac(signing + signature), Invalid},
		{"nothing but a place", "pypi-upload-token", mac("\x01\x08pypi.org\x00" + signing + signature), Invalid},
		{"fields out of order", "pypi-upload-token", mac("\x02\x03abc\x01\x08pypi.org\x00" + signing + signature), Invalid},
		{"an unsigned one", "pypi-upload-token", mac(named + "\x00\x05\x20" + signature), Invalid},
		{"a length beyond all", "pypi-upload-token", mac("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01pypi.org"), Unknown},
		{"no base64", "pypi-upload-token", "pypi" + "-A", Unknown},

		{"a key", "private-key", key("RSA PRIVATE", b64([]byte("\x30\x82"+x))), Unknown},
		{"a key by Windows", "private-key", strings.ReplaceAll(key("EC PRIVATE", b64([]byte("\x30\x82"+x))), "\n", "\r\n"), Unknown},
		{"a line of x", "private-key", key("PRIVATE", x), Invalid},
		{"a line of x, indented", "private-key", strings.ReplaceAll(key("PRIVATE", x), "\n", "\n    "), Invalid},
		{"of OpenSSH", "private-key", key("OPENSSH PRIVATE", b64([]byte(opensshMagic+x+"aa"))), Unknown},
		{"of OpenSSH, in another form", "private-key", key("OPENSSH PRIVATE", b64([]byte("\x30\x82"+x))), Invalid},
		{"of PGP", "private-key", key("PGP PRIVATE", x), Unknown},
		{"of a kind to come", "private-key", key("ML-DSA PRIVATE", x), Unknown},
		{"encrypted", "private-key", key("RSA PRIVATE", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"+x), Unknown},
		{"in a program", "private-key", strings.ReplaceAll(key("PRIVATE", x), "\n", "\\n\" +\n\""), Unknown},
		{"in words", "private-key", key("PRIVATE", "your key goes here, and only here, as it came from the authority"), Unknown},
		{"of a length that base64 has not", "private-key", key("PRIVATE", x+"x"), Unknown},
		{"without an end", "private-key", strings.Split(key("PRIVATE", x), "\n-----END")[0], Unknown},
	} {
		if got := Validity(tt.rule, tt.secret); got != tt.want {
			t.Errorf("%s: %s: %s, want %s", tt.rule, tt.name, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	if Valid != analyzers.ValidityValid || Invalid != analyzers.ValidityInvalid || Unknown != analyzers.ValidityUnknown {
		t.Error("the answers are not those of package analyzers")
	}
}

func FuzzValidity(f *testing.F) {
	rules := []string{"github-pat", "npm-access-token", "gitlab-pat", "grafana-service-account-token", "atlassian-api-token",
		"age-secret-key", "jwt", "pypi-upload-token", "sentry-org-token", "private-key", "acme"}
	for i, secret := range []string{like("gh"+"p_", ""), like("npm"+"_", ""), routable("glpat"+"-", "01.", ""), serviceAccount(""),
		cloud(""), identity(""), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "pypi" + "-AgEIcHlwaS5vcmcCA2FiYwAABiBz",
		"sntrys" + "_eyJpYXQiOjF9_x\n", key("PRIVATE", "MIIx")} {
		f.Add(uint8(i), secret, 0, len(secret))
	}
	f.Fuzz(func(t *testing.T, rule uint8, text string, start, end int) {
		id := rules[int(rule)%len(rules)]
		alone, within := Validity(id, text), In(id, text, start, end)
		for _, got := range []string{alone, within} {
			if got != Valid && got != Invalid && got != Unknown {
				t.Errorf("%q", got)
			}
		}
		if id == "acme" && (alone != Unknown || within != Unknown) {
			t.Errorf("a rule that nobody knows: %s, %s", alone, within)
		}
		// Alone in a text it is what it is without one.
		if text != "" && len(text) < maxToken && In(id, text, 0, len(text)) != alone {
			t.Errorf("%q: %s alone, %s as a text", text, alone, In(id, text, 0, len(text)))
		}
	})
}
