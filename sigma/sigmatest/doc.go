// Package sigmatest makes rules and events at random, for tests that compare
// one evaluator of Sigma with another. A Generator with the same seed gives the
// same rules and events; its words are few and full of traps (letters whose case
// is not ASCII, dashes, backslashes, wildcards, empty and absent values,
// addresses, times, numbers), so that rules and events meet often. EventFor
// makes an event that one given expression fits or just misses, which also works
// for the rules of a public set.
package sigmatest
