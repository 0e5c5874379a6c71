package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

var (
	apiType     = reflect.TypeFor[admin.API]()
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// Invoke calls a method of admin.API by name. args is a JSON array with one value per argument after the context; a field that the argument does not know is refused, since leaving it out could
// change what the call means. The result is JSON, null for methods that answer an error alone. A panic comes back as an error.
func Invoke(ctx context.Context, api admin.API, method string, args json.RawMessage) (json.RawMessage, error) {
	if _, ok := apiType.MethodByName(method); !ok {
		return nil, idp.Fail(idp.NotFound, "control.method_unknown", "method", method)
	}
	return invoke(ctx, reflect.ValueOf(api).MethodByName(method), method, args, true)
}

// InvokeOn is Invoke for any exported method of target, whose methods may do without the context. Unknown fields are passed over, as the desktop's own bridge does.
func InvokeOn(ctx context.Context, target any, method string, args json.RawMessage) (json.RawMessage, error) {
	f := reflect.ValueOf(target).MethodByName(method)
	if !f.IsValid() {
		return nil, idp.Fail(idp.NotFound, "control.method_unknown", "method", method)
	}
	return invoke(ctx, f, method, args, false)
}

func invoke(ctx context.Context, f reflect.Value, method string, args json.RawMessage, strict bool) (result json.RawMessage, err error) {
	in, err := arguments(ctx, f.Type(), method, args, strict)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, fmt.Errorf("panic in %s: %v\n%s", method, p, debug.Stack())
		}
	}()
	result = json.RawMessage("null")
	for _, out := range f.Call(in) {
		if out.Type() == errorType {
			if !out.IsNil() {
				return nil, out.Interface().(error)
			}
			continue
		}
		if result, err = json.Marshal(out.Interface()); err != nil {
			return nil, fmt.Errorf("answer of %s: %w", method, err)
		}
	}
	return result, nil
}

// arguments decodes args for a function of type t.
func arguments(ctx context.Context, t reflect.Type, method string, args json.RawMessage, strict bool) ([]reflect.Value, error) {
	var in []reflect.Value
	if t.NumIn() > 0 && t.In(0) == contextType {
		in = append(in, reflect.ValueOf(ctx))
	}
	var raw []json.RawMessage
	if len(args) > 0 {
		if err := json.Unmarshal(args, &raw); err != nil {
			return nil, wrongArguments(method, err)
		}
	}
	if want := t.NumIn() - len(in); len(raw) != want {
		return nil, wrongArguments(method, fmt.Errorf("%d arguments, want %d", len(raw), want))
	}
	for _, one := range raw {
		v := reflect.New(t.In(len(in)))
		d := json.NewDecoder(bytes.NewReader(one))
		if strict {
			d.DisallowUnknownFields()
		}
		if err := d.Decode(v.Interface()); err != nil {
			return nil, wrongArguments(method, err)
		}
		in = append(in, v.Elem())
	}
	return in, nil
}

func wrongArguments(method string, cause error) error {
	return idp.Fail(idp.Invalid, "control.arguments_wrong", "method", method, "reason", strings.TrimPrefix(cause.Error(), "json: ")).Because(cause)
}
