// The whole script of the site: custom elements that make a page quicker to
// use. Every page works without them. No sentence for readers stands in
// TypeScript: the server renders all words in the reader's language.
import "./arrive";
import "./copy";
import "./keys";
import "./live";
import "./lock";
