package sigmayaml

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// windowsEvent is an event of a JSON twin: fields, and how it is routed.
type windowsEvent struct {
	fields  []sigma.Field
	sources []sigma.LogSource
}

// flattenWindows reads the events of a file in the common Event/System/EventData
// shape, a small oracle of its own: it shares nothing with evtx.
func flattenWindows(t *testing.T, file string) []windowsEvent {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.UseNumber()
	var out []windowsEvent
	for {
		var doc struct {
			Event struct {
				System              map[string]any
				EventData, UserData any
			}
		}
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, routed(doc.Event.System, doc.Event.EventData, doc.Event.UserData))
	}
}

func routed(system map[string]any, bodies ...any) windowsEvent {
	values := map[string]string{}
	flattenInto(values, "", system)
	id, _ := strconv.Atoi(values["EventID"])
	for _, b := range bodies {
		flattenInto(values, "", b)
	}
	e := windowsEvent{sources: sigma.WindowsSources(nil, values["Channel"], values["Provider_Name"], id, values["EventType"])}
	for name, value := range values {
		name = sigma.WindowsName(name)
		e.fields = append(e.fields, sigma.Field{Name: name, Value: value})
		for _, l := range e.sources {
			if r, ok := sigma.WindowsField(l.Service, name, id); ok && l.Category == "" {
				e.fields = append(e.fields, sigma.Field{Name: r.To, Value: r.Value(value)})
			}
		}
	}
	return e
}

// flattenInto joins the names of attributes to that of their element, and takes
// the innermost name of all others.
func flattenInto(out map[string]string, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, kid := range v {
			switch key {
			case "#attributes":
				for a, value := range kid.(map[string]any) {
					flattenInto(out, strings.TrimPrefix(name+"_"+a, "_"), value)
				}
			case "#text":
				flattenInto(out, name, kid)
			default:
				flattenInto(out, key, kid)
			}
		}
	case []any:
		var all []string
		for _, kid := range v {
			all = append(all, fmt.Sprint(kid))
		}
		out[name] = strings.Join(all, "\n")
	case nil:
		out[name] = ""
	default:
		out[name] = fmt.Sprint(v)
	}
}

func (e windowsEvent) fits(r *sigma.Rule) bool {
	for _, l := range e.sources {
		if r.LogSource.Covers(l) {
			return r.Matches(e.fields)
		}
	}
	return false
}

// Every event that SigmaHQ gives as an example of a rule is routed to that rule
// and fits it.
func TestRegression_EveryPairMatches(t *testing.T) {
	t.Parallel()
	dir := shared(t, "sigma-regression")
	set, err := Load(os.DirFS(shared(t, "sigma")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]*sigma.Rule{}
	for _, r := range set.Rules {
		rules[r.ID] = r
	}
	pairs, hits := 0, 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "info.yml" {
			return err
		}
		var info struct {
			Rules []struct{ ID string } `yaml:"rule_metadata"`
			Tests []struct {
				Path  string
				Count int `yaml:"match_count"`
			} `yaml:"regression_tests_info"`
		}
		data, err := os.ReadFile(path)
		if err == nil {
			err = yaml.Unmarshal(data, &info)
		}
		if err != nil {
			return err
		}
		for _, test := range info.Tests {
			pairs++
			twin := filepath.Join(filepath.Dir(path), strings.TrimSuffix(filepath.Base(test.Path), ".evtx")+".json")
			rule := rules[info.Rules[0].ID]
			if rule == nil {
				t.Errorf("%s: the rule %s is not loaded", path, info.Rules[0].ID)
				continue
			}
			n := 0
			for _, e := range flattenWindows(t, twin) {
				if e.fits(rule) {
					n++
				}
			}
			if n < max(1, test.Count) {
				t.Errorf("%s (%s): %d of %d events match", rule.Title, rule.ID, n, max(1, test.Count))
				continue
			}
			hits++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d pairs match", hits, pairs)
	if pairs != 129 {
		t.Errorf("%d pairs were found, 129 are there", pairs)
	}
}
