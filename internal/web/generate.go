package web

// The islands become static/app.js, which is committed: see tools/bundle.
//go:generate go -C ../../tools run ./bundle
