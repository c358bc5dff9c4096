package rulepack

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
	"github.com/zricethezav/gitleaks/v8/report"
	"github.com/zricethezav/gitleaks/v8/sources"
)

func TestMain(m *testing.M) {
	logging.Logger = zerolog.Nop()
	m.Run()
}

// parsed reads a configuration with a viper of its own, and refuses keys that gitleaks does not know.
func parsed(t testing.TB, text string) *config.ViperConfig {
	t.Helper()
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	var vc config.ViperConfig
	if err := v.UnmarshalExact(&vc); err != nil {
		t.Fatal(err)
	}
	return &vc
}

func compiled(t testing.TB, vc *config.ViperConfig) config.Config {
	t.Helper()
	cfg, err := vc.Translate()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func detector(cfg config.Config) *detect.Detector {
	d := detect.NewDetector(cfg)
	d.MaxDecodeDepth = 5 // the analyzer's
	return d
}

// alone returns a detector with the given parts of the pack, and the global allowlists of the stock rules.
func alone(t testing.TB, parts ...string) *detect.Detector {
	t.Helper()
	vc := parsed(t, strings.Join(parts, ""))
	vc.AllowList = parsed(t, config.DefaultConfig).AllowList
	if vc.AllowList != nil { // the library wants one form or the other
		cfg := compiled(t, parsed(t, config.DefaultConfig))
		vc.AllowList = nil
		own := compiled(t, vc)
		own.Allowlists = append(own.Allowlists, cfg.Allowlists...)
		return detector(own)
	}
	return detector(compiled(t, vc))
}

// stock returns a detector with the stock rules only.
func stock(t testing.TB) *detect.Detector {
	t.Helper()
	return detector(compiled(t, parsed(t, config.DefaultConfig)))
}

// found returns what a detector finds in a file, without what Check refuses.
func found(t testing.TB, d *detect.Detector, path, text string) []report.Finding {
	t.Helper()
	//lint:ignore SA1019 DetectContext still takes the deprecated type
	all := d.DetectContext(t.Context(), detect.Fragment{
		Raw: text, FilePath: path, StartLine: 1, CommitInfo: &sources.CommitInfo{Remote: &sources.RemoteInfo{}},
	})
	var list []report.Finding
	for _, f := range all {
		if Check(f.RuleID, f.Secret) {
			list = append(list, f)
		}
	}
	return list
}
