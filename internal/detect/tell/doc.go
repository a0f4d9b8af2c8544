// Package tell makes the sentence in which an alert says what happened.
//
// A template is a sentence with places in braces, {host}, and parts in square
// brackets that are said only when every place inside them has a value:
// "[{source}から]{host}へ接続されました". The names of the places are fixed
// (Places), so that a rule which misspells one is refused when it is read, not
// at night. A backslash takes the meaning from the sign behind it.
package tell
