package repair

import (
	"go/ast"
	"reflect"
)

// clone copies a declaration, but not its comments, and gives the copies what is known of the types of the originals.
func (m *mender) clone(d ast.Decl) ast.Decl {
	return m.cloneValue(reflect.ValueOf(d)).Interface().(ast.Decl)
}

func (m *mender) cloneValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		switch v.Interface().(type) {
		//lint:ignore SA1019 gosec's rules look at them, so that they are there
		case *ast.Object, *ast.Scope, *ast.CommentGroup:
			return v
		}
		c := reflect.New(v.Elem().Type())
		c.Elem().Set(v.Elem())
		for i := range c.Elem().NumField() {
			if f := c.Elem().Field(i); composed(f.Kind()) {
				f.Set(m.cloneValue(f))
			}
		}
		if e, ok := c.Interface().(ast.Expr); ok {
			m.noteCopy(e, v.Interface().(ast.Expr))
		}
		return c
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return m.cloneValue(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(m.cloneValue(v.Index(i)))
		}
		return c
	}
	return v
}

func composed(k reflect.Kind) bool {
	return k == reflect.Pointer || k == reflect.Interface || k == reflect.Slice
}

func (m *mender) noteCopy(e, o ast.Expr) {
	m.orig[e] = o
	if tv, ok := m.info.Types[o]; ok {
		m.info.Types[e] = tv
	}
	id, ok := e.(*ast.Ident)
	if !ok {
		return
	}
	if d, ok := m.info.Defs[o.(*ast.Ident)]; ok {
		m.info.Defs[id] = d
	}
	if u, ok := m.info.Uses[o.(*ast.Ident)]; ok {
		m.info.Uses[id] = u
	}
}
