package rules

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Bounds on an expression. The length bounds how deep it nests, since the parser calls itself: an overflowing stack ends the process.
const (
	maxLength   = 4096 // bytes
	maxNodes    = 500
	maxPattern  = 2000      // instructions of a compiled regular expression, of which each may be looked at for each byte of a text
	maxElements = 1_000_000 // of all lists that one evaluation makes
)

// Bounds on the rounds of all loops of one rule in one run, which take some 0.2 µs each: so many at least, and so many for each file, commit and
// trailer that the rule was asked about. A loop in a loop over many files is beyond it.
const (
	freeSteps    = 1_000_000
	stepsForEach = 100
)

// A program is a compiled expression. It is immutable.
type program struct {
	code  *vm.Program
	names map[string]bool // what it speaks of
}

// errSteps says that the loops of a rule go round too often.
var errSteps = errors.New("its loops go round too often: is one inside of another?")

// A meter counts the steps of one rule in one run.
type meter struct {
	ctx  context.Context
	left int // steps
}

// allow adds what is due to a rule for what it is asked about.
func (m *meter) allow(things int) { m.left += stepsForEach * things }

// step counts one round of a loop, or one evaluation.
func (m *meter) step() error {
	if m.left--; m.left < 0 {
		return errSteps
	}
	return m.ctx.Err()
}

// What an expression calls in each round of a loop, and with what. Nobody can write these names.
const (
	reserved  = "__"
	stepName  = reserved + "step"
	meterName = reserved + "meter"
)

func stepFunction(args ...any) (any, error) {
	m, ok := args[0].(*meter)
	if !ok {
		return nil, fmt.Errorf("%T counts no steps", args[0])
	}
	return true, m.step()
}

// compile returns an expression made ready to use, or what is wrong with it in one line.
func compile(text string, each Each) (p *program, err error) {
	if len(text) > maxLength {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", len(text), maxLength)
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	defer func() { // the library's own checks are not ours to trust with a stranger's text
		if v := recover(); v != nil {
			p, err = nil, fmt.Errorf("it cannot be compiled: %s", oneLine(fmt.Sprint(v)))
		}
	}()
	allowed := &allowed{text: text, each: each, names: map[string]bool{}}
	code, err := expr.Compile(text,
		expr.Env(&environment{}),
		expr.AsBool(),
		expr.MaxNodes(maxNodes),
		expr.Function(stepName, stepFunction, new(func(*meter) bool)),
		expr.Patch(allowed), // first: it must not see what the other one adds
		expr.Patch(counted{}),
	)
	if allowed.err != nil {
		return nil, allowed.err
	}
	if err != nil {
		return nil, placed(err)
	}
	return &program{code, allowed.names}, nil
}

// placed returns what the library says, in one line.
func placed(err error) error {
	if e := (*exprfile.Error)(nil); errors.As(err, &e) {
		if e.Prev != nil {
			return fmt.Errorf("line %d, column %d: %w", e.Line, e.Column+1, e.Prev)
		}
		return fmt.Errorf("line %d, column %d: %s", e.Line, e.Column+1, oneLine(e.Message))
	}
	return errors.New(oneLine(err.Error()))
}

// counted is an ast.Visitor that makes each round of a loop count. The body of the loop becomes "count; body".
type counted struct{}

func (counted) Visit(node *ast.Node) {
	p, ok := (*node).(*ast.PredicateNode)
	if !ok {
		return
	}
	call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: stepName}, Arguments: []ast.Node{&ast.IdentifierNode{Value: meterName}}}
	body := &ast.SequenceNode{Nodes: []ast.Node{call, p.Node}}
	for _, n := range []ast.Node{call, call.Callee, call.Arguments[0], body} {
		n.SetLocation(p.Location())
	}
	p.Node = body
}

// allowed is an ast.Visitor that notes what an expression speaks of, and the first thing in it that is not allowed.
type allowed struct {
	text  string
	each  Each
	names map[string]bool
	err   error
}

func (a *allowed) bad(n ast.Node, format string, args ...any) {
	if a.err != nil {
		return
	}
	before := []rune(a.text)
	before = before[:min(max(n.Location().From, 0), len(before))]
	line, column := 1, 1
	for _, r := range before {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	a.err = fmt.Errorf("line %d, column %d: %s", line, column, oneLine(fmt.Sprintf(format, args...)))
}

// The functions of the language that never make a text longer, nor a list longer than what they are given.
var functions = wordSet("all any none one filter map count len first last indexOf lastIndexOf hasPrefix hasSuffix trim trimPrefix trimSuffix int")

var operators = wordSet("and && or || not ! == != < <= > >= in matches contains startsWith endsWith ?? + - * / %")

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// Visit implements ast.Visitor.
func (a *allowed) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		a.identifier(n, n.Value)
	case *ast.VariableDeclaratorNode:
		a.identifier(n, n.Name)
	case *ast.UnaryNode:
		if !operators[n.Operator] {
			a.bad(n, "there is no operator %s here", n.Operator)
		}
	case *ast.BinaryNode:
		a.binary(n)
	case *ast.BuiltinNode:
		if !functions[n.Name] {
			a.bad(n, "there is no function %s here", n.Name)
		}
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok {
			a.bad(n, "there is no such function here")
		} else if callee.Value != "class" && callee.Value != "trailer" {
			a.bad(n, "there is no function %s here", callee.Value)
		}
	case *ast.PointerNode:
		if n.Name != "" {
			a.bad(n, "there is no #%s here", n.Name)
		}
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode, *ast.ChainNode, *ast.MemberNode,
		*ast.PredicateNode, *ast.ConditionalNode, *ast.SequenceNode, *ast.ArrayNode:
	default:
		a.bad(n, "a part of the language that is not here: %T", n)
	}
}

func (a *allowed) identifier(n ast.Node, name string) {
	switch {
	case strings.HasPrefix(name, reserved) || strings.HasPrefix(name, "$"):
		a.bad(n, "unknown name %s", name)
	case name == "commit" && a.each != EachCommit:
		a.bad(n, "there is one commit only with each: commit")
	}
	a.names[name] = true
}

func (a *allowed) binary(n *ast.BinaryNode) {
	switch {
	case !operators[n.Operator]:
		a.bad(n, "there is no operator %s here", n.Operator)
	case n.Operator == "+" && !(isNumber(n.Left) && isNumber(n.Right)):
		a.bad(n, "only numbers can be added") // a text that doubles in each round has no bounds
	case n.Operator == "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			a.bad(n, "matches wants a regular expression in quotes")
			return
		}
		if parsed, err := syntax.Parse(pattern.Value, syntax.Perl); err == nil { // else the library says so
			if code, err := syntax.Compile(parsed.Simplify()); err != nil || len(code.Inst) > maxPattern {
				a.bad(n, "the regular expression is too large")
			}
		}
	}
}

func isNumber(n ast.Node) bool {
	switch n.Type().Kind() {
	case reflect.Int, reflect.Float64:
		return true
	}
	return false
}
