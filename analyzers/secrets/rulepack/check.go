package rulepack

import (
	"slices"
	"strings"
)

// Check says whether a secret that a rule of the pack found carries the check digits that it must. It is true for rules
// whose secrets have none, and for rules that are not of this pack. It may be called concurrently.
func Check(ruleID, secret string) bool {
	s := strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.+", r) {
			return -1
		}
		return r
	}, secret))
	switch ruleID {
	case "payment-card":
		return len(s) >= 14 && luhn(s) && !sameDigits(s)
	case "iban":
		return iban(s)
	case "us-social-security-number":
		return socialSecurity(s)
	case "uk-national-insurance-number":
		return !slices.Contains([]string{"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}, s[:min(2, len(s))])
	case "uk-nhs-number":
		return nhs(s)
	case "german-tax-id":
		return germanTax(s)
	case "brazilian-cpf":
		return cpf(s)
	case "spanish-dni":
		return dni(s)
	case "indian-aadhaar":
		return len(s) == 12 && verhoeff(s)
	case "italian-fiscal-code":
		return fiscalCode(s)
	case "french-insee-number":
		return insee(s)
	case "dutch-bsn":
		return len(s) == 9 && !sameDigits(s) && weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0
	case "polish-pesel":
		return len(s) == 11 && !sameDigits(s) && weighted(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)%10 == 0
	case "swedish-personal-number":
		return len(s) >= 10 && luhn(s[len(s)-10:])
	case "canadian-social-insurance-number":
		return len(s) == 9 && s[0] != '0' && s[0] != '8' && luhn(s) && !sameDigits(s)
	case "chinese-identity-number":
		return chinese(s)
	}
	return true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// sameDigits says whether s is one character, repeated: such numbers pass most sums, and nobody has them.
func sameDigits(s string) bool {
	return s == "" || strings.Trim(s, s[:1]) == ""
}

// weighted returns the sum of the digits of s, each times its weight, or 1 if s is not as many digits: no modulus
// divides that.
func weighted(s string, weights ...int) int {
	if len(s) != len(weights) || !digits(s) {
		return 1
	}
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// luhn is ISO/IEC 7812-1, annex B.
func luhn(s string) bool {
	if !digits(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ibanLengths are the lengths that ISO 13616 registers for the countries which have most accounts; others go by mod 97 alone.
var ibanLengths = map[string]int{
	"AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MT": 31,
	"NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "UA": 29, "AE": 23,
}

// iban is ISO 7064 mod 97-10 over the number with its first four characters moved to the end.
func iban(s string) bool {
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	if n := ibanLengths[s[:2]]; n > 0 && n != len(s) {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// socialSecurity refuses what was never given out; American numbers have no check digit. The last two were printed on
// millions of forms.
func socialSecurity(s string) bool {
	return len(s) == 9 && digits(s) && s[:3] != "000" && s[:3] != "666" && s[0] != '9' && s[3:5] != "00" && s[5:] != "0000" &&
		!sameDigits(s) && !slices.Contains([]string{"123456789", "987654321", "078051120", "219099999"}, s)
}

func nhs(s string) bool {
	return len(s) == 10 && !sameDigits(s) && weighted(s, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

// germanTax is ISO 7064 mod 11-10; besides, one of the first ten digits occurs two or three times.
func germanTax(s string) bool {
	if len(s) != 11 || !digits(s) {
		return false
	}
	product, most, missing := 10, 0, 0
	for _, c := range s[:10] {
		sum := (int(c-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
		most = max(most, strings.Count(s[:10], string(c)))
	}
	for c := '0'; c <= '9'; c++ {
		if !strings.ContainsRune(s[:10], c) {
			missing++
		}
	}
	return most <= 3 && missing >= 1 && missing <= 2 && (11-product)%10 == int(s[10]-'0')
}

func cpf(s string) bool {
	if len(s) != 11 || !digits(s) || sameDigits(s) {
		return false
	}
	first := weighted(s[:9], 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	second := weighted(s[:10], 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	return first == int(s[9]-'0') && second == int(s[10]-'0')
}

// dni knows a NIE by its first letter, which stands for a digit.
func dni(s string) bool {
	if len(s) != 9 {
		return false
	}
	number := strings.NewReplacer("X", "0", "Y", "1", "Z", "2").Replace(s[:1]) + s[1:8]
	return digits(number) && !sameDigits(number) && s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[modulo(number, 23)]
}

// modulo returns the rest of the decimal number s, however long.
func modulo(s string, m int) int {
	rest := 0
	for _, c := range s {
		rest = (rest*10 + int(c-'0')) % m
	}
	return rest
}

// verhoeff multiplies in the dihedral group of order ten, each digit after a permutation that depends on its place.
func verhoeff(s string) bool {
	if !digits(s) || sameDigits(s) {
		return false
	}
	check := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		for range i % 8 {
			d = int("1576283094"[d] - '0')
		}
		check = dihedral(check, d)
	}
	return check == 0
}

// dihedral multiplies two symmetries of a pentagon: 0 to 4 turn it, 5 to 9 turn it over.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return (a+b-5)%5 + 5
	case b < 5:
		return (a-5-b+5)%5 + 5
	}
	return (a - b + 5) % 5
}

// fiscalCode sums the characters at odd places by a table, and those at even places by their value.
func fiscalCode(s string) bool {
	if len(s) != 16 {
		return false
	}
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, c := range s[:15] {
		v := int(c - 'A')
		if c <= '9' {
			v = int(c - '0')
		}
		if v < 0 || v > 25 {
			return false
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += v
	}
	return int(s[15]-'A') == sum%26
}

// insee counts Corsica's departments 2A and 2B as 19 and 18.
func insee(s string) bool {
	if len(s) != 15 {
		return false
	}
	number := s[:5] + strings.NewReplacer("2A", "19", "2B", "18").Replace(s[5:7]) + s[7:]
	return digits(number) && (97-modulo(number[:13], 97)) == modulo(number[13:], 100)
}

// chinese is ISO 7064 mod 11-2 (GB 11643).
func chinese(s string) bool {
	if len(s) != 18 || !digits(s[:17]) {
		return false
	}
	sum := weighted(s[:17], 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
	return s[17] == "10X98765432"[sum%11]
}
