package discreet

import (
	"context"
	"fmt"
	"log/slog"
)

// Logger gives a logger that says of errors, and of whatever else is no plain
// value, only what Error and Text let through. Plain strings and the message are
// the program's own words and stay. One that is discreet already stays as it is;
// nil logs nothing.
func Logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	if _, already := l.Handler().(*handler); already {
		return l
	}
	return slog.New(&handler{to: l.Handler()})
}

// handler makes records discreet before they go on.
type handler struct{ to slog.Handler }

// Enabled asks the handler behind.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.to.Enabled(ctx, level)
}

// Handle passes the record on with what may be said.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(attr(a))
		return true
	})
	return h.to.Handle(ctx, out)
}

// WithAttrs is that of slog.Handler.
func (h *handler) WithAttrs(list []slog.Attr) slog.Handler {
	out := make([]slog.Attr, 0, len(list))
	for _, a := range list {
		out = append(out, attr(a))
	}
	return &handler{to: h.to.WithAttrs(out)}
}

// WithGroup is that of slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler { return &handler{to: h.to.WithGroup(name)} }

func attr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindGroup:
		var list []slog.Attr
		for _, one := range a.Value.Group() {
			list = append(list, attr(one))
		}
		a.Value = slog.GroupValue(list...)
	case slog.KindAny:
		a.Value = plain(a.Value.Any())
	}
	return a
}

// plain says a value in words. A method of it that panics costs its line, not
// the process.
func plain(v any) (out slog.Value) {
	defer func() {
		if recover() != nil {
			out = slog.StringValue(fmt.Sprintf("!%T", v))
		}
	}()
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(Error(v))
	}
	return slog.StringValue(Text(fmt.Sprint(v)))
}
