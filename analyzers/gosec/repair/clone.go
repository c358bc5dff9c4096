package repair

import (
	"go/ast"
	"reflect"
)

// clone copies a declaration, but not its comments, and notes in orig of which expressions those of the copy are copies.
func clone(n ast.Node, orig map[ast.Expr]ast.Expr) ast.Node {
	return cloneValue(reflect.ValueOf(n), orig).Interface().(ast.Node)
}

func cloneValue(v reflect.Value, orig map[ast.Expr]ast.Expr) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		switch v.Interface().(type) {
		case *ast.Object, *ast.Scope, *ast.CommentGroup:
			return v
		}
		c := reflect.New(v.Elem().Type())
		c.Elem().Set(v.Elem())
		for i := range c.Elem().NumField() {
			if f := c.Elem().Field(i); composed(f.Kind()) {
				f.Set(cloneValue(f, orig))
			}
		}
		if e, ok := c.Interface().(ast.Expr); ok {
			o := v.Interface().(ast.Expr)
			if first := orig[o]; first != nil {
				o = first
			}
			orig[e] = o
		}
		return c
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return cloneValue(v.Elem(), orig)
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(cloneValue(v.Index(i), orig))
		}
		return c
	}
	return v
}

func composed(k reflect.Kind) bool {
	return k == reflect.Pointer || k == reflect.Interface || k == reflect.Slice
}
