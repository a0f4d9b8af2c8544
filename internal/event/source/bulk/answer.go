package bulk

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// version is what Toride answers to senders that name none of their own. A Beat
// refuses to send to an Elasticsearch older than itself, so a Beat is told its own version.
const version = "8.17.0"

func say(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// fail answers in the form of Elasticsearch's errors. reason is a text key of
// Toride's; what reads it are programs and their logs.
func fail(w http.ResponseWriter, code int, kind, reason string) {
	one := `{"type":"` + kind + `","reason":"` + reason + `"}`
	say(w, code, `{"error":{"root_cause":[`+one+`],"type":"`+kind+`","reason":"`+reason+`"},"status":`+strconv.Itoa(code)+`}`)
}

// refuse says that nothing was taken for now; items are the members about them.
func refuse(w http.ResponseWriter, code int, items []byte) {
	if code != http.StatusBadRequest {
		w.Header().Set("Retry-After", "5")
	}
	body := "{"
	if len(items) > 0 {
		body += string(items) + ","
	}
	say(w, code, body+strings.TrimPrefix(reason(code), ",")+`,"status":`+strconv.Itoa(code)+`}`)
}

// busy says that too many requests are under way.
func busy(w http.ResponseWriter) { refuse(w, http.StatusTooManyRequests, nil) }

// ask answers what senders want to know, or to set up, before they send. They are
// told that what they look for is there and that what they set up is done:
// templates, life cycles and pipelines have no meaning here.
func (h *handler) ask(w http.ResponseWriter, r *http.Request, path string) {
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 16<<20))
	first, rest, _ := strings.Cut(path, "/")
	switch {
	case r.Method == http.MethodHead:
		w.WriteHeader(http.StatusOK)
	case r.Method != http.MethodGet:
		say(w, http.StatusOK, `{"acknowledged":true,"shards_acknowledged":true}`)
	case path == "":
		about(w, r)
	case first == "_license":
		say(w, http.StatusOK, `{"license":{"status":"active","uid":"toride","type":"basic","mode":"basic","issued_to":"toride","issuer":"toride","max_nodes":1000,"start_date_in_millis":-1}}`)
	case first == "_xpack":
		say(w, http.StatusOK, `{"license":{"uid":"toride","type":"basic","mode":"basic","status":"active"},"features":{"ilm":{"available":true,"enabled":true},"monitoring":{"available":true,"enabled":false},"security":{"available":true,"enabled":true}},"tagline":"You know, for X"}`)
	case first == "_cluster" || first == "_nodes" || first == "_cat":
		say(w, http.StatusOK, `{"cluster_name":"toride","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,"nodes":{}}`)
	case first == "_data_stream":
		say(w, http.StatusOK, `{"data_streams":[{"name":`+quote(rest)+`,"status":"GREEN"}]}`)
	case first == "_index_template":
		say(w, http.StatusOK, `{"index_templates":[{"name":`+quote(rest)+`,"index_template":{"index_patterns":[]}}]}`)
	case first == "_component_template":
		say(w, http.StatusOK, `{"component_templates":[{"name":`+quote(rest)+`}]}`)
	case (first == "_ilm" || first == "_ingest" || first == "_slm") && rest != "":
		say(w, http.StatusOK, `{`+quote(rest[strings.LastIndexByte(rest, '/')+1:])+`:{"version":1,"policy":{"phases":{}}}}`)
	case first == "_template" || first == "_alias" || first == "_aliases":
		say(w, http.StatusOK, `{`+quote(rest)+`:{}}`)
	default:
		fail(w, http.StatusNotFound, "index_not_found_exception", "event.bulk.only_takes")
	}
}

// about is the answer to GET /.
func about(w http.ResponseWriter, r *http.Request) {
	v := beat(r.UserAgent())
	say(w, http.StatusOK, `{"name":"toride","cluster_name":"toride","cluster_uuid":"toride-bulk-intake-0000","version":{"number":"`+v+
		`","build_flavor":"default","build_type":"deb","build_hash":"0000000000000000000000000000000000000000","build_date":"2024-12-11T12:08:05.663969764Z","build_snapshot":false,`+
		`"lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"}`)
}

// beat reads the version from "Elastic-winlogbeat/8.11.1 (windows; …)" and
// "Filebeat/7.17.0 (…)".
func beat(agent string) string {
	name, rest, ok := strings.Cut(agent, "/")
	if !ok || !strings.HasSuffix(strings.ToLower(name), "beat") {
		return version
	}
	v, _, _ := strings.Cut(rest, " ")
	parts := strings.Split(v, ".")
	if len(parts) != 3 || len(v) > 16 {
		return version
	}
	for _, p := range parts {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || strconv.FormatUint(n, 10) != p {
			return version
		}
	}
	return v
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
