package secrets

//lint:file-ignore SA1019 the stock configuration has the deprecated form of allowlist

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
)

// maxDecodeDepth is how often an encoded text is decoded again. The library's default is not to decode at all; this is
// the command's.
const maxDecodeDepth = 5

// silence stops the library's own log, a global that writes to stderr, at some levels with the secret in it. Everything
// that uses the library goes through compile, so that nobody reads the variable while it is written.
var silence = sync.OnceFunc(func() { logging.Logger = zerolog.Nop() })

// compile makes the engine that opts describe.
func compile(opts Options) (*engine, error) {
	silence()
	vc, err := merged(opts.Config)
	if err != nil {
		return nil, fmt.Errorf("gitleaks configuration: %w", err)
	}
	cfg, err := translate(vc)
	if err != nil {
		return nil, fmt.Errorf("gitleaks configuration: %w", err)
	}
	d := detect.NewDetector(cfg)
	d.MaxDecodeDepth = maxDecodeDepth
	d.IgnoreGitleaksAllow = true // policy weighs such comments; see analyzers.InlineAllow
	e := &engine{detector: d, rules: map[string]rule{}, limit: maxFindings}
	for id, r := range cfg.Rules {
		e.rules[id] = newRule(r)
	}
	return e, nil
}

// merged returns the stock configuration, or the user's, on top of the stock one if it asks for that.
//
// The library's own extension is not used: it counts extensions in a global that is never set back, so that from the
// third configuration in one process on the stock rules are silently missing, and it reads through a global viper.
func merged(text string) (*config.ViperConfig, error) {
	base, err := decode(config.DefaultConfig)
	if err != nil {
		return nil, fmt.Errorf("stock rules: %w", err)
	}
	if text == "" {
		return base, nil
	}
	user, err := decode(text)
	if err != nil {
		return nil, err
	}
	extend := user.Extend
	user.Extend = config.Extend{}
	switch {
	case extend.Path != "" || extend.URL != "":
		// Whoever may write a configuration must not be able to make a server read its files.
		return nil, errors.New("extend.path and extend.url are not supported: write the rules into the configuration itself")
	case !extend.UseDefault && len(extend.DisabledRules) > 0:
		return nil, errors.New("extend.disabledRules without extend.useDefault = true")
	}
	if err := checkRules(user); err != nil {
		return nil, err
	}
	if !extend.UseDefault {
		if len(user.Rules) == 0 {
			return nil, errors.New("it has no rules (to keep the stock ones, add: [extend] useDefault = true)")
		}
		return user, nil
	}
	if err := disable(base, extend.DisabledRules); err != nil {
		return nil, err
	}
	return base, overlay(base, user)
}

// decode reads a configuration with a viper of its own, and refuses keys that the library does not know.
func decode(text string) (*config.ViperConfig, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(text)); err != nil {
		return nil, err
	}
	var vc config.ViperConfig
	if err := v.UnmarshalExact(&vc); err != nil {
		return nil, err
	}
	return &vc, nil
}

// Our rules' identifiers are narrower than those of gitleaks: they are keys of a policy.
var idRE = regexp.MustCompile(`^[a-z0-9]+([-_.][a-z0-9]+)*$`)

func checkRules(vc *config.ViperConfig) error {
	seen := map[string]bool{ruleUnread: true, groupProvider: true, groupGeneric: true, groupUnexamined: true}
	for i, r := range vc.Rules {
		switch {
		case !idRE.MatchString(r.ID):
			return fmt.Errorf("rule %d: id %q is not lower case letters and digits, joined by dashes", i+1, r.ID)
		case seen[r.ID]:
			return fmt.Errorf("rule %s: the id occurs twice, or is a name of Refward's own", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

func disable(base *config.ViperConfig, ids []string) error {
	for _, id := range ids {
		n := len(base.Rules)
		for i, r := range base.Rules {
			if r.ID == id {
				base.Rules = append(base.Rules[:i:i], base.Rules[i+1:]...)
				break
			}
		}
		if len(base.Rules) == n {
			return fmt.Errorf("extend.disabledRules: there is no stock rule %q", id)
		}
	}
	return nil
}

// overlay puts the user's configuration on top of base, with the meaning that the library documents: what the user says
// of a stock rule replaces its description, entropy, group, pattern and path, and adds to its keywords and allowlists.
func overlay(base, user *config.ViperConfig) error {
	at := map[string]int{}
	for i, r := range base.Rules {
		at[r.ID] = i
	}
	for _, u := range user.Rules {
		i, ok := at[u.ID]
		if !ok {
			base.Rules = append(base.Rules, u)
			continue
		}
		if len(u.Required) > 0 || u.SkipReport {
			// The library drops both without a word.
			return fmt.Errorf("rule %s: required and skipReport need a rule with an id of its own", u.ID)
		}
		if u.AllowList != nil && len(u.Allowlists) > 0 {
			return fmt.Errorf("rule %s: both allowlist and allowlists", u.ID)
		}
		b := &base.Rules[i]
		if u.Description != "" {
			b.Description = u.Description
		}
		if u.Entropy != 0 {
			b.Entropy = u.Entropy
		}
		if u.SecretGroup != 0 {
			b.SecretGroup = u.SecretGroup
		}
		if u.Regex != "" {
			b.Regex = u.Regex
		}
		if u.Path != "" {
			b.Path = u.Path
		}
		b.Keywords = append(b.Keywords, u.Keywords...)
		for _, list := range append(u.Allowlists, u.AllowList, b.AllowList) {
			if list != nil {
				b.Allowlists = append(b.Allowlists, list)
			}
		}
		b.AllowList = nil
	}
	if user.AllowList != nil && len(user.Allowlists) > 0 {
		return errors.New("both [allowlist] and [[allowlists]]")
	}
	for _, list := range append(user.Allowlists, user.AllowList, base.AllowList) {
		if list != nil {
			base.Allowlists = append(base.Allowlists, list)
		}
	}
	base.AllowList = nil
	return nil
}

// translate compiles the patterns. The library panics on a bad one.
func translate(vc *config.ViperConfig) (cfg config.Config, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	cfg, err = vc.Translate()
	cfg.Path = "" // of the global viper's file: the library would pass over a file of that name
	for id, r := range cfg.Rules {
		r.Tags = nil // Detect appends to them, in several goroutines at once
		cfg.Rules[id] = r
	}
	return cfg, err
}
