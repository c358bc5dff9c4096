package bounds

import (
	"bytes"
	"go/scanner"
	"go/token"
)

// MaxSquare is how deep square brackets may be nested. go/types needs time that grows with the square of it; real code has a handful.
const MaxSquare = 200

// Tokens is what the tokens of a source tell before it is parsed.
type Tokens struct {
	Depth  int // of nested syntax; not less than what the parser makes of it, but for endless chains of "else if"
	Square int // of square brackets in square brackets

	whole  bool     // all brackets are closed, each by its own kind
	bodies [][2]int // offsets of the bodies of top-level functions, without their braces; if asked for
}

// Scan looks at the tokens of a source.
func Scan(src []byte) Tokens { return scanSource(src, false) }

// scanSource looks at the tokens of a source. With skipBodies, what is in the bodies of top-level functions does not count.
//
// Each token that is no operand and closes nothing can begin a level, which lasts until the expression or statement ends that it belongs to:
// so this bounds nested brackets and chains of operators, selectors, calls and types alike.
func scanSource(src []byte, skipBodies bool) Tokens {
	result := Tokens{whole: true}
	type frame struct {
		bracket token.Token
		levels  int // that its current element has begun
	}
	var (
		s      scanner.Scanner
		frames = []frame{{}}
		total  int  // of levels of all frames
		square int  // open ones
		inFunc bool // in the signature of a top-level function
		body   int  // number of frames around the body that is skipped; 0 = none
		start  int
		before = token.SEMICOLON
	)
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, 0)
	for {
		pos, tok, _ := s.Scan()
		top := &frames[len(frames)-1]
		switch tok {
		case token.EOF:
			result.whole = result.whole && len(frames) == 1
			return result
		case token.SEMICOLON, token.COMMA:
			total -= top.levels
			top.levels = 0
			inFunc = inFunc && (len(frames) > 1 || tok == token.COMMA)
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if tok == token.LBRACE && inFunc && len(frames) == 1 && before != token.STRUCT && before != token.INTERFACE {
				body, start, inFunc = 1, file.Offset(pos)+1, false
			}
			top.levels++
			total++
			if tok == token.LBRACK {
				square++
			}
			frames = append(frames, frame{bracket: tok})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(frames) == 1 || !closes(top.bracket, tok) {
				result.whole = false
			}
			if len(frames) == 1 {
				break
			}
			if top.bracket == token.LBRACK {
				square--
			}
			total -= top.levels
			frames = frames[:len(frames)-1]
			if body == len(frames) {
				result.bodies, body = append(result.bodies, [2]int{start, file.Offset(pos)}), 0
			}
		case token.IDENT, token.INT, token.FLOAT, token.IMAG, token.CHAR, token.STRING, token.ILLEGAL:
		default:
			inFunc = inFunc || skipBodies && tok == token.FUNC && len(frames) == 1 && before == token.SEMICOLON
			top.levels++
			total++
		}
		if body == 0 {
			result.Depth, result.Square = max(result.Depth, total), max(result.Square, square)
		}
		before = tok
	}
}

// closes reports whether a bracket closes another; they stand in go/token in pairs of equal distance.
func closes(open, tok token.Token) bool { return tok-open == token.RPAREN-token.LPAREN }

// WithoutBodies returns a source in which the bodies of top-level functions are blank, and what its tokens tell. Everything else is where it
// was. A source whose brackets do not match comes back as it is.
func WithoutBodies(src []byte) ([]byte, Tokens) {
	found := scanSource(src, true)
	if !found.whole {
		return src, scanSource(src, false)
	}
	blank := bytes.Clone(src)
	for _, body := range found.bodies {
		for i := body[0]; i < body[1]; i++ {
			if blank[i] != '\n' {
				blank[i] = ' '
			}
		}
	}
	return blank, found
}
