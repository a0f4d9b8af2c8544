// Package text holds what people read, in Japanese and English. A Msg is a
// sentence that has not yet got a language: a key and its arguments. A Catalog
// knows the sentence of each key in both languages and refuses to load when a
// key exists in one language only, so that no page is half translated.
package text
