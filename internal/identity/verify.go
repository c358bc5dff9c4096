package identity

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/internal/objectsig"
	"github.com/refward/refward/internal/signed"
)

// A Status is what a signature is worth.
type Status string

// The statuses.
const (
	Good           Status = "good"
	Bad            Status = "bad"             // not over this text, or by an algorithm that is not trusted
	Unsigned       Status = "unsigned"        // there is no signature
	UnknownKey     Status = "unknown-key"     // right, but by a key that may not sign
	Expired        Status = "expired"         // the key, its certificate or the signature is too old, or not valid yet
	KeyRevoked     Status = "revoked"         // the key was called back
	WrongNamespace Status = "wrong-namespace" // made for another purpose than git's objects
	Malformed      Status = "malformed"       // cannot be read as one signature
	NotExamined    Status = "not-examined"    // X.509, which needs a chain of authorities
)

// namespace is what git signs for (git-config(1), gpg.format).
const namespace = "git"

// A Verdict is what is known of an object's signature.
type Verdict struct {
	Status     Status
	Key        string   // fingerprint: "SHA256:…" for SSH, hexadecimal for GPG; "" when none is known
	Principals []string // whom the key belongs to: for SSH patterns such as "*@example.com", else mails; only when Good
	Detail     string   // one line more about what is wrong; may be ""
}

// Owns reports whether the signer of a good signature is the one whose mail is given, in any case.
func (v Verdict) Owns(mail string) bool {
	if v.Status != Good || mail == "" {
		return false
	}
	return slices.ContainsFunc(v.Principals, func(list string) bool { return matchList(strings.ToLower(mail), strings.ToLower(list)) })
}

// A Verifier judges signatures. It must not be changed once in use, and is then safe for concurrent use.
type Verifier struct {
	Signers *Signers // of SSH; nil = nobody
	Revoked Revoked
	Keyring *Keyring // of GPG; nil = nobody
}

// Verify judges the signature of a raw object, at the moment now. sha256 says in which object format the repository is.
//
// An SSH key's validity is asked for the moment that the object itself gives, as git does; a GPG key must not have run out by now, as gpg has it.
func (v *Verifier) Verify(kind objectsig.Kind, raw []byte, sha256 bool, now time.Time) Verdict {
	payload, signature := objectsig.Split(kind, raw, sha256)
	if len(bytes.TrimSpace(signature)) == 0 {
		return Verdict{Status: Unsigned}
	}
	switch objectsig.FormatOf(signature) {
	case objectsig.BeginSSH:
		at := objectsig.SignedAt(kind, payload)
		if at.IsZero() {
			at = now
		}
		return v.verifySSH(payload, signature, at)
	case objectsig.BeginPGP:
		return v.Keyring.verify(payload, signature, now)
	case objectsig.BeginX509:
		return Verdict{Status: NotExamined, Detail: "it is of X.509, which is not examined"}
	}
	return Verdict{Status: Malformed, Detail: "it is of no known form"}
}

func (v *Verifier) verifySSH(payload, signature []byte, at time.Time) Verdict {
	sig, err := signed.Unarmor(signature)
	if err != nil {
		return Verdict{Status: Malformed, Detail: err.Error()}
	}
	key := sig.PublicKey
	verdict := Verdict{Key: ssh.FingerprintSHA256(plainKey(key))}
	with := func(s Status, detail string) Verdict { verdict.Status, verdict.Detail = s, detail; return verdict }
	if sig.Namespace != namespace {
		return with(WrongNamespace, fmt.Sprintf("it was made for %.60q", sig.Namespace))
	}
	if sig.Signature.Format == ssh.KeyAlgoRSA {
		return with(Bad, "it is of RSA with SHA-1") // PROTOCOL.sshsig asks for rsa-sha2-256 or rsa-sha2-512
	}
	// Who may sign is asked first: it costs nothing, and nobody can have us calculate with keys of their own.
	status, detail := v.allowed(key, at, &verdict.Principals)
	if status == UnknownKey {
		return with(status, detail)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, key, sig.HashAlgorithm, namespace); err != nil {
		verdict.Principals = nil
		return with(Bad, "it is not over this text")
	}
	if status == Good && v.Revoked.Has(key) {
		verdict.Principals = nil
		return with(KeyRevoked, "the key is revoked")
	}
	return with(status, detail)
}

// allowed says whether a key may sign at a moment, and adds whose it is.
func (v *Verifier) allowed(key ssh.PublicKey, at time.Time, principals *[]string) (Status, string) {
	if v.Signers == nil {
		return UnknownKey, ""
	}
	cert, certified := key.(*ssh.Certificate)
	lines := v.Signers.lines[string(key.Marshal())]
	if certified {
		lines = v.Signers.lines[string(cert.SignatureKey.Marshal())]
	}
	status, detail := UnknownKey, ""
	for _, line := range lines {
		if line.authority != certified {
			continue
		}
		if line.namespaces != "" && !matchList(namespace, line.namespaces) {
			if status == UnknownKey {
				status, detail = WrongNamespace, "the key may not sign for git"
			}
			continue
		}
		if !line.after.IsZero() && at.Before(line.after) || !line.before.IsZero() && at.After(line.before) {
			status, detail = Expired, "the key was not valid when it says that it was made, at "+at.UTC().Format(time.RFC3339)
			continue
		}
		if !certified {
			*principals = append(*principals, line.principals)
			continue
		}
		for _, name := range cert.ValidPrincipals {
			if matchList(name, line.principals) && !strings.ContainsAny(name, "*?!,") {
				if worse, why := checkCertificate(cert, name, at); worse != Good {
					status, detail = worse, why
				} else if !slices.Contains(*principals, name) {
					*principals = append(*principals, name)
				}
			}
		}
	}
	if len(*principals) > 0 {
		return Good, ""
	}
	return status, detail
}

// checkCertificate judges a certificate whose authority and principal are right.
func checkCertificate(cert *ssh.Certificate, principal string, at time.Time) (Status, string) {
	if cert.CertType != ssh.UserCert {
		return UnknownKey, "the certificate is not one of a user"
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return at }, SupportedCriticalOptions: []string{"force-command", "verify-required"}}
	if err := checker.CheckCert(principal, cert); err != nil {
		if now := at.Unix(); now >= 0 && (uint64(now) < cert.ValidAfter || uint64(now) >= cert.ValidBefore) {
			return Expired, "the certificate was not valid when it says that it was made, at " + at.UTC().Format(time.RFC3339)
		}
		return UnknownKey, "the certificate does not count: " + err.Error()
	}
	return Good, ""
}
