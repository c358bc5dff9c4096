package all

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/analyzers"
	check "github.com/refward/refward/analyzers/identity"
	"github.com/refward/refward/analyzers/review"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// directoryOf returns the keys and people that a policy names; nil when it names none. The checks of one policy share it, since its files are
// read once.
func directoryOf(c identity.Config) *directory {
	if !c.AsksSignatures() && !c.AsksPusher() {
		return nil
	}
	d := &directory{config: c, signatures: c.AsksSignatures(), now: time.Now()}
	d.open = sync.OnceValue(d.read)
	return d
}

// directory answers from the files that a policy names, which are read when the first question comes.
type directory struct {
	config     identity.Config
	signatures bool
	now        time.Time // one moment for the whole run: a key that expires in its midst counts for all or for none
	open       func() error

	verifier *identity.Verifier
	people   *identity.People
	absent   bool
}

func (d *directory) read() (err error) {
	if d.verifier, err = d.config.Load(); err == nil {
		d.people, err = d.config.LoadPeople()
	}
	// A clone has the server's policy, and not its keys.
	if d.config.Optional && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		d.absent = true
		return nil
	}
	return err
}

// forIdentity and forReview keep a directory that is nil from becoming an interface that is not.
func (d *directory) forIdentity() check.Directory {
	if d == nil {
		return nil
	}
	return d
}

func (d *directory) forReview() review.Directory {
	if d == nil {
		return nil
	}
	return statements{d}
}

func (d *directory) Asks() (signatures, pusher bool) {
	if d.config.Optional && d.open() == nil && d.absent {
		return false, false
	}
	return d.signatures, d.config.AsksPusher()
}

func (d *directory) Open() error { return d.open() }

func (d *directory) Commit(c *analyzers.Commit) check.Signature {
	return d.verify(objectsig.Commit, c.Raw, c.ID)
}

func (d *directory) Tag(t *analyzers.Tag) check.Signature {
	return d.verify(objectsig.Tag, t.Raw, t.ID)
}

func (d *directory) verify(kind objectsig.Kind, raw []byte, id string) check.Signature {
	const sha256Digits = 64 // of an id in a repository of SHA-256
	v := d.verifier.Verify(kind, raw, len(id) == sha256Digits, d.now)
	person, _ := d.people.OfKey(v.Key)
	s := check.Signature{Status: check.Status(v.Status), Key: v.Key, Detail: v.Detail, Signer: strings.Join(v.Principals, ", ")}
	if person.Login != "" {
		s.Signer = person.Login
	}
	s.Owns = func(mail string) bool { return v.Owns(mail) || v.Status == identity.Good && person.Has(mail) }
	return s
}

func (d *directory) Pusher(who analyzers.Identity) (check.Pusher, bool, string) {
	switch {
	case who.Source == "":
		return check.Pusher{}, false, "the host names nobody"
	case who.Source == identity.OS && !d.config.TrustOS:
		return check.Pusher{}, false, fmt.Sprintf("%s is the account on the server, which the policy does not trust (identity.trust_os)", who.Name)
	}
	person, known := d.people.Of(who)
	if !known {
		name := who.Name
		if name == "" {
			name = "the key " + who.Key
		}
		return check.Pusher{}, false, fmt.Sprintf("%s, as %s says, is not among the people that the policy names", name, who.Source)
	}
	return check.Pusher{Login: person.Login, Owns: person.Has}, true, ""
}

// statements answers the check of reviews.
type statements struct{ d *directory }

func (s statements) Open() error { return s.d.Open() }

func (s statements) Knows() (signatures, pushers bool) { return s.d.Asks() }

func (s statements) Statement(t *analyzers.Tag) review.Signature {
	v := s.d.Tag(t)
	sign := review.Signature{Good: v.Status == check.Good, Status: string(v.Status), Detail: v.Detail, Key: v.Key, Signer: v.Signer, Owns: v.Owns}
	if person, known := s.d.people.OfKey(v.Key); known {
		sign.Logins = []string{person.Login}
	} else if sign.Good { // a key that only the list of signers has is of those whose mails are its principals
		sign.Logins = s.d.people.Having(v.Owns)
	}
	return sign
}

func (s statements) Person(mail string) string {
	person, _ := s.d.people.OfMail(mail)
	return person.Login
}

func (s statements) Pusher(who analyzers.Identity) (review.Pusher, bool, string) {
	p, known, why := s.d.Pusher(who)
	return review.Pusher{Login: p.Login, Owns: p.Owns}, known, why
}
