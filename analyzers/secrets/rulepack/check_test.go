package rulepack

import (
	"os"
	"path/filepath"
	"testing"
)

// The examples have numbers with right and wrong check digits for every rule; here is what they cannot show.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		rule, secret string
		want         bool
	}{
		{"netrc-password", "anything", true},
		{"no-such-rule", "1", true},
		{"payment-card", "0000 0000 0000 0000", false}, // its sum is right
		{"payment-card", "", false},
		{"iban", "DE", false},
		{"iban", "GB82 WEST 1234 5698 7654 32", true},
		{"iban", "GB82 WEST 1234 5698 7654 3", false},
		{"us-social-security-number", "666-12-3456", false},
		{"us-social-security-number", "078-05-1120", false}, // printed in wallets
		{"uk-national-insurance-number", "", true},
		{"german-tax-id", "11111111111", false},
		{"brazilian-cpf", "000.000.000-00", false},
		{"spanish-dni", "Z1234567R", true},
		{"spanish-dni", "Z1234567T", false},
		{"indian-aadhaar", "222222222222", false},
		{"italian-fiscal-code", "RSSMRA85T10A56", false},
		{"french-insee-number", "1 85 05 2A 006 084 63", false},
		{"chinese-identity-number", "11010519491231002x", true},
		{"swedish-personal-number", "12", false},
	} {
		if got := Check(test.rule, test.secret); got != test.want {
			t.Errorf("%s %q: %v, want %v", test.rule, test.secret, got, test.want)
		}
	}
}

// A digit that is wrong, or two neighbours that changed places, are what check digits are for: Verhoeff finds all of both.
func TestVerhoeffFindsErrors(t *testing.T) {
	const number = "234567890124"
	if !verhoeff(number) {
		t.Fatalf("%s is refused", number)
	}
	for i := range number {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(number)
			wrong[i] = d
			if d != number[i] && verhoeff(string(wrong)) {
				t.Errorf("%s is accepted", wrong)
			}
		}
		if i > 0 && number[i] != number[i-1] {
			swapped := []byte(number)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if verhoeff(string(swapped)) {
				t.Errorf("%s is accepted", swapped)
			}
		}
	}
}

// TestNothingAtRest: what this directory holds must not stop those who clone it.
func TestNothingAtRest(t *testing.T) {
	pack, base := alone(t, Config()), stock(t)
	n := 0
	for _, pattern := range []string{"testdata/*", "rules/*", "*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n++
			path := "analyzers/secrets/rulepack/" + filepath.ToSlash(name)
			for _, f := range append(found(t, base, path, string(data)), found(t, pack, path, string(data))...) {
				t.Errorf("%s:%d: %s finds %.60q", name, f.StartLine, f.RuleID, f.Match)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d files seen", n)
	}
}
