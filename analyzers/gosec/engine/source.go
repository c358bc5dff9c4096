package engine

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// A source is one file of a package, to be quoted from. It is safe for concurrent use.
type source struct {
	path  string
	src   []byte
	file  *token.File
	decls []decl

	lines  func() []int  // offset of each line
	quoted func() int    // how many lines gosec's program can quote
	tokens func() []word // what is no comment
}

// A word is a token of Go.
type word struct{ line, start, end int }

// A decl is a declaration at the top of a file, or one of its specifications.
type decl struct {
	name       string
	group      int // index of the declaration that this is a specification of; -1 = none
	start, end int // offsets, its documentation included
}

func newSource(path string, src []byte, file *token.File, syntax *ast.File) *source {
	s := &source{path: path, src: src, file: file}
	s.lines = sync.OnceValue(s.lineStarts)
	s.quoted = sync.OnceValue(s.quotable)
	s.tokens = sync.OnceValue(s.words)
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.add(d.Doc, d, funcName(d), -1)
		case *ast.GenDecl:
			if len(d.Specs) == 1 {
				s.add(d.Doc, d, specName(d, d.Specs[0]), -1)
				continue
			}
			s.add(d.Doc, d, d.Tok.String(), -1)
			group := len(s.decls) - 1
			for _, spec := range d.Specs {
				s.add(docOf(spec), spec, specName(d, spec), group)
			}
		}
	}
	return s
}

func (s *source) add(doc *ast.CommentGroup, n ast.Node, name string, group int) {
	start, end := n.Pos(), n.End()
	if doc != nil && doc.Pos() < start {
		start = doc.Pos()
	}
	base, limit := s.file.Base(), s.file.Base()+s.file.Size()
	if int(start) >= base && start <= end && int(start) <= limit {
		s.decls = append(s.decls, decl{name, group, int(start) - base, min(int(end), limit) - base})
	}
}

func docOf(spec ast.Spec) *ast.CommentGroup {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		return spec.Doc
	case *ast.TypeSpec:
		return spec.Doc
	case *ast.ImportSpec:
		return spec.Doc
	}
	return nil
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return "func " + d.Name.Name
	}
	star, t := "", d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			star, t = "*", x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return "func (" + star + x.Name + ")." + d.Name.Name
		default:
			return "func (?)." + d.Name.Name
		}
	}
}

func specName(d *ast.GenDecl, spec ast.Spec) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return "type " + spec.Name.Name
	case *ast.ValueSpec:
		if len(spec.Names) > 0 {
			return d.Tok.String() + " " + spec.Names[0].Name
		}
	}
	return d.Tok.String()
}

// declAt returns the declaration that has the place, else the last that has a part of the line, such as the one that a comment at the
// end of the line belongs to.
func (s *source) declAt(line, column int) string {
	starts := s.lines()
	if line < 1 || line > len(starts) {
		return ""
	}
	from, to := starts[line-1], len(s.src)
	if line < len(starts) {
		to = starts[line]
	}
	at, near := from+column-1, ""
	// They are in the order of their starts, a group before its specifications.
	for i := sort.Search(len(s.decls), func(i int) bool { return s.decls[i].start >= to }) - 1; i >= 0; i-- {
		d := &s.decls[i]
		if d.end <= from {
			if g := d.group; near == "" && g >= 0 && s.decls[g].end > from {
				near = s.decls[g].name
			}
			break
		}
		if d.start <= at && at < d.end && (near == "" || d.group >= 0 || i+1 == len(s.decls) || s.decls[i+1].group != i) {
			return d.name
		}
		if near == "" {
			near = d.name
		}
	}
	return near
}

func (s *source) lineStarts() []int {
	starts := []int{0}
	for i, c := range s.src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// quotable is where gosec's program stops to read a file: at a line that does not fit into the buffer of a bufio.Scanner.
func (s *source) quotable() int {
	starts := s.lines()
	for i, start := range starts {
		end := len(s.src)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if n := end - start; n > bufio.MaxScanTokenSize || n == bufio.MaxScanTokenSize && i+1 == len(starts) {
			return i
		}
	}
	if starts[len(starts)-1] == len(s.src) {
		return len(starts) - 1 // nothing stands after the last line end
	}
	return len(starts)
}

// maxCode is how many bytes of a snippet are kept. gosec's program has no limit: a finding about a file quotes the file.
const maxCode = 64 << 10

// code returns what gosec's program quotes for a finding in the given lines: one more before and one after, with their numbers.
func (s *source) code(line, endLine int) string {
	first := line
	if line > 1 {
		first--
	}
	starts, n := s.lines(), s.quoted()
	var b strings.Builder
	for i := max(first, 1); i <= min(endLine+1, n) && b.Len() < maxCode; i++ {
		end := len(s.src)
		if i < len(starts) {
			end = starts[i] - 1
		}
		b.WriteString(strconv.Itoa(i))
		b.WriteString(": ")
		b.Write(bytes.TrimSuffix(s.src[starts[i-1]:end], []byte{'\r'}))
		b.WriteByte('\n')
	}
	return b.String()[:min(b.Len(), maxCode)]
}

func (s *source) words() []word {
	file := token.NewFileSet().AddFile("", -1, len(s.src))
	var lexer scanner.Scanner
	lexer.Init(file, s.src, nil, 0)
	starts, line := s.lines(), 0
	var words []word
	for {
		pos, tok, lit := lexer.Scan()
		if tok == token.EOF {
			return words
		}
		if tok == token.SEMICOLON && lit != ";" {
			continue // of the scanner's own
		}
		start := file.Offset(pos)
		for line < len(starts) && starts[line] <= start {
			line++
		}
		end := start + len(lit)
		if lit == "" {
			end = start + len(tok.String())
		}
		words = append(words, word{line, start, min(end, len(s.src))})
	}
}

// maxText is how many bytes of the code of a finding tell it from others before only a hash of them does.
const maxText = 2 << 10

// text returns the code of the lines in one line, without comments and without what gofmt changes about white space. Of a finding that is
// about no declaration but the file, it is the first line only: else the finding would be another with each change of the file.
func (s *source) text(line, endLine int, decl string) string {
	if decl == "" {
		endLine = line
	}
	words := s.tokens()
	i := sort.Search(len(words), func(i int) bool { return words[i].line >= line })
	var b strings.Builder
	for ; i < len(words) && words[i].line <= endLine; i++ {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.Write(s.src[words[i].start:words[i].end])
	}
	return short(strings.ReplaceAll(b.String(), "\n", " "))
}

func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%s … %s", text[:maxText], hex.EncodeToString(sum[:]))
}
