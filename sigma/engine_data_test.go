package sigma_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmayaml"
)

// data gives a folder of the data that is not part of the repository.
func data(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not here", dir)
	}
	return dir
}

// windowsRules loads the public rules for Windows, those that need values for
// placeholders left out.
func windowsRules(t testing.TB) []*sigma.Rule {
	t.Helper()
	var rules []*sigma.Rule
	for _, folder := range []string{"rules", "rules-emerging-threats", "rules-threat-hunting"} {
		set, err := sigmayaml.Load(os.DirFS(filepath.Join(data(t, "sigma"), folder)), sigmayaml.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range set.Rules {
			if r.LogSource.Product == "windows" {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// logged is one event of the logs.
type logged struct {
	sources []sigma.LogSource
	names   []string
	fixed   []sigma.Field
	values  []sigma.Value
	process bool // a process creation
}

// fields is the event as the oracle takes it.
func (l *logged) fields() []sigma.Field {
	out := append([]sigma.Field(nil), l.fixed...)
	for i, v := range l.values {
		if v.Raw != nil {
			out = append(out, sigma.Field{Name: l.names[i], Value: string(v.Raw)})
		}
	}
	return out
}

func (l *logged) key() string {
	var b strings.Builder
	for _, s := range l.sources {
		b.WriteString(s.Category + "/" + s.Service + "\x00")
	}
	for _, f := range l.fixed {
		b.WriteString(f.Name + "=" + f.Value + "\x00")
	}
	return b.String() + strings.Join(l.names, "\x00")
}

// windowsEvents reads all events of the logs.
func windowsEvents(t testing.TB) []*logged {
	t.Helper()
	var events []*logged
	cache := evtx.NewCache()
	err := filepath.WalkDir(data(t, "evtx"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		r := evtx.NewReader(f, evtx.Options{Cache: cache})
		for r.Next() {
			events = append(events, loggedOf(r.Record()))
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func loggedOf(r *evtx.Record) *logged {
	shape := r.Shape()
	id := int(shape.EventID())
	eventType, _ := r.Field("EventType")
	l := &logged{sources: sigma.WindowsSources(nil, shape.Channel(), shape.Provider(), id, string(eventType))}
	l.fixed = []sigma.Field{{Name: "EventID", Value: strconv.Itoa(id)}, {Name: "Channel", Value: shape.Channel()}, {Name: "Provider_Name", Value: shape.Provider()}}
	service := ""
	for _, s := range l.sources {
		service = max(service, s.Service)
		l.process = l.process || s.Category == "process_creation"
	}
	room := make([]byte, 0, 1<<16) // values stand beside each other, as a parser puts them
	add := func(name string, text []byte) {
		v := sigma.Value{}
		if text != nil {
			room = append(room, text...)
			v.Raw = room[len(room)-len(text):]
			begin := len(room)
			room = sigma.AppendFold(room, text)
			v.Low = room[begin:]
			room = append(room, "12345678"...)
		}
		l.names, l.values = append(l.names, name), append(l.values, v)
	}
	for i, v := range r.Values(nil) {
		name := strings.TrimPrefix(shape.Fields()[i].Name, "Security_")
		if name == "EventID" || name == "Channel" || name == "Provider_Name" {
			continue
		}
		add(name, v.Text)
		if second, ok := sigma.WindowsField(service, name, id); ok && v.Text != nil {
			add(second.To, []byte(second.Value(string(v.Text))))
		}
	}
	return compact(l, len(room))
}

// compact moves the values into memory of their own size.
func compact(l *logged, size int) *logged {
	room := make([]byte, 0, size+16)
	for i, v := range l.values {
		if v.Raw == nil {
			continue
		}
		begin := len(room)
		room = append(room, v.Raw...)
		middle := len(room)
		room = append(room, v.Low...)
		l.values[i] = sigma.Value{Raw: room[begin:middle], Low: room[middle:]}
		room = append(room, "12345678"...)
	}
	return l
}

// corpus is the public rules, their engine, and the events with their shapes.
type corpus struct {
	engine *sigma.Engine
	events []*logged
	shapes []*sigma.EngineShape // of each event
	kinds  int                  // different shapes
}

func newCorpus(t testing.TB, options sigma.EngineOptions) *corpus {
	t.Helper()
	c := &corpus{engine: newEngine(t, windowsRules(t), options), events: windowsEvents(t)}
	known := map[string]*sigma.EngineShape{}
	for _, l := range c.events {
		key := l.key()
		if known[key] == nil {
			known[key] = c.engine.Shape(l.sources, l.names, l.fixed)
		}
		c.shapes = append(c.shapes, known[key])
	}
	c.kinds = len(known)
	return c
}
