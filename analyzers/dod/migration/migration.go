package migration

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/refward/refward/analyzers"
)

// backNameRE is the name of the other direction itself. Flyway calls it U7__owner.sql.
var backNameRE = regexp.MustCompile(`(?i)(^|[._-])(down|rollback|undo|revert)\.[a-z]+$|^U[0-9][^/]*__[^/]*\.sql$`)

// IsBack reports whether the file is the other direction itself, by its name.
func IsBack(file string) bool { return backNameRE.MatchString(path.Base(file)) }

// HasBack reports whether the migration of that path and text has a way back, in a file beside it or in itself.
func HasBack(tree analyzers.Tree, file, text string) (bool, error) {
	back, err := hasSibling(tree, file)
	return back || err == nil && hasDown(file, text), err
}

var upRE = regexp.MustCompile(`(?i)(^|[._-])up(\.[a-z]+)$`)

// hasSibling reports whether the other direction is in a file of its own, which says something.
func hasSibling(tree analyzers.Tree, file string) (bool, error) {
	dir, base := path.Split(file)
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	var names []string
	if m := upRE.FindStringSubmatchIndex(base); m != nil {
		names = append(names, base[:m[3]]+"down"+base[m[4]:])
	} else {
		names = append(names, stem+".down"+ext, stem+"_down"+ext, stem+"-down"+ext, stem+".rollback"+ext, stem+"_rollback"+ext, stem+".undo"+ext)
	}
	if strings.HasPrefix(base, "V") {
		names = append(names, "U"+base[1:])
	}
	for _, n := range names {
		data, err := tree.ReadFile(dir + n)
		switch {
		case err == nil && !nothingDone(string(data)):
			return true, nil
		case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		case errors.Is(err, analyzers.ErrTooLarge):
			return true, nil // it says a lot
		default:
			return false, fmt.Errorf("read a migration: %w", err)
		}
	}
	return false, nil
}

var (
	// goose, sql-migrate, dbmate, Liquibase's formatted SQL, MyBatis and dbdeploy, in this order.
	sqlDownRE = regexp.MustCompile(`(?im)^[ \t]*--[ \t]*(\+goose[ \t]+down|\+migrate[ \t]+down|migrate:down|rollback\b|//[ \t]*@undo)`)
	railsRE   = regexp.MustCompile(`(?m)^\s*(def\s+(self\.)?(down|change)\b|def\s+down\b|reversible\b)`)
	alembicRE = regexp.MustCompile(`(?m)^def\s+downgrade\s*\([^)]*\)[^:\n]*:(.*)$`)
	nextDefRE = regexp.MustCompile(`\n[^\s#]`)
	djangoRE  = regexp.MustCompile(`\bmigrations\.Migration\b`)
	oneWayRE  = regexp.MustCompile(`\bRun(Python|SQL)\s*\(`)
	reverseRE = regexp.MustCompile(`\breverse_(code|sql)\b|\bnoop\b`)
	scriptRE  = regexp.MustCompile(`(?m)\bexports\.down\b|\bdown\s*[:=(]|\bfunction\s+down\b|\bconst\s+down\b`)
	methodRE  = regexp.MustCompile(`(?i)\b(down|rollback|undo)\w*\s*\(`)
	goDownRE  = regexp.MustCompile(`(?i)\bfunc\s+(\([^)]*\)\s*)?\w*(down|rollback)\w*\s*\(|\b(rollback|down)\w*\s*:`)
	markupRE  = regexp.MustCompile(`(?m)<rollback\b|^\s*-?\s*"?rollback"?\s*:`)
)

// hasDown reports whether the migration says itself how it is undone, in the way of the frameworks that use its language.
func hasDown(file, text string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".sql":
		for _, m := range sqlDownRE.FindAllStringIndex(text, -1) {
			if rest := text[m[1]:]; !nothingDone(rest) {
				return true
			}
		}
		return false
	case ".rb":
		return railsRE.MatchString(text)
	case ".py":
		if m := alembicRE.FindStringSubmatchIndex(text); m != nil {
			body := text[m[2]:]
			if end := nextDefRE.FindStringIndex(body); end != nil {
				body = body[:end[0]]
			}
			return !nothingDone(body)
		}
		// Django undoes operations by itself, but for those that run something (its docs, "Migration operations").
		return djangoRE.MatchString(text) && (!oneWayRE.MatchString(text) || reverseRE.MatchString(text))
	case ".js", ".ts", ".cjs", ".mjs", ".php":
		return scriptRE.MatchString(text)
	case ".exs":
		return railsRE.MatchString(text)
	case ".go":
		return goDownRE.MatchString(text)
	case ".xml", ".yaml", ".yml":
		return markupRE.MatchString(text)
	}
	return methodRE.MatchString(text)
}

var docstringRE = regexp.MustCompile(`(?s)""".*?"""`)

// nothingDone reports whether a text has no statement: nothing but comments, marks and pass. In SQL what follows "-- rollback" on its line is the
// statement.
func nothingDone(text string) bool {
	for line := range strings.Lines(docstringRE.ReplaceAllString(text, "")) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", line == "pass", line == ";", strings.HasPrefix(line, "#"), strings.HasPrefix(line, "--"):
		case strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/"):
		default:
			return false
		}
	}
	return true
}
