package paper

import _ "embed"

// indexTemplate is the page that a browser on the ward's PC opens without any
// server: no script, nothing from elsewhere.
//
//go:embed ahead_index.html
var indexTemplate string
