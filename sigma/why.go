package sigma

import (
	"fmt"
	"strings"
)

// Why says what exactly is wrong where the Code of a Problem leaves several
// possibilities. It never changes, and the Args of the Problem are what its
// sentence is filled with in their order, so that callers can keep their own
// texts in other languages. An empty one: the Code says it all.
type Why string

// The reasons. Their English sentences are in Why.English.
const (
	WhyWholeNumber     Why = "whole_number"
	WhyBetween         Why = "between"
	WhyNotInRules      Why = "not_in_rules"
	WhyRuleUnused      Why = "rule_unused"
	WhyTimespanForm    Why = "timespan_form"
	WhyTimespanRange   Why = "timespan_range"
	WhyRulesTogether   Why = "rules_together"
	WhyFieldNeeded     Why = "field_needed"
	WhyOneField        Why = "one_field"
	WhyOrderAnd        Why = "order_and"
	WhyWordsTemporal   Why = "words_temporal"
	WhyPercentileRange Why = "percentile_range"
	WhyAliasRule       Why = "alias_rule"
	WhySystem          Why = "system"
	WhyManyFiles       Why = "many_files"
	WhyFileBytes       Why = "file_bytes"
	WhyFileSize        Why = "file_size"
	WhyDocuments       Why = "documents"
	WhyEmptyFile       Why = "empty_file"
	WhyRepeats         Why = "repeats"
	WhyNothingBefore   Why = "nothing_before"
	WhyMappingDocument Why = "mapping_document"
	WhyNoSection       Why = "no_section"
	WhyNoType          Why = "no_type"
	WhyNoKey           Why = "no_key"
	WhyCriteria        Why = "criteria"
	WhyRulesOrAny      Why = "rules_or_any"
	WhyTrueFalse       Why = "true_false"
	WhySourcePart      Why = "source_part"
	WhyFieldName       Why = "field_name"
	WhyListNeeded      Why = "list_needed"
	WhyTextNeeded      Why = "text_needed"
	WhyTextsNeeded     Why = "texts_needed"
	WhyDetectionEmpty  Why = "detection_empty"
	WhyValueKind       Why = "value_kind"
	WhyValues          Why = "values"
	WhyDocumentSize    Why = "document_size"
	WhyNotUTF8         Why = "not_utf8"
	WhyYAMLGaveUp      Why = "yaml_gave_up"
	WhyBehindEnd       Why = "behind_end"
	WhyEmptyDocument   Why = "empty_document"
	WhyVisited         Why = "visited"
	WhyNested          Why = "nested"
	WhyMappingNeeded   Why = "mapping_needed"
	WhyKeyWord         Why = "key_word"
	WhyKeyTwice        Why = "key_twice"
	WhyTextSize        Why = "text_size"
	WhyYAMLType        Why = "yaml_type"
	WhyNameTwice       Why = "name_twice"
	WhyRefusedItself   Why = "refused_itself"
	WhyInCondition     Why = "in_condition"
	WhyConditionSize   Why = "condition_size"
	WhyConditionEmpty  Why = "condition_empty"
	WhyPipe            Why = "pipe"
	WhyConditionEnd    Why = "condition_end"
	WhyUnexpected      Why = "unexpected"
	WhyParentheses     Why = "parentheses"
	WhyOfWords         Why = "of_words"
	WhyNoSuch          Why = "no_such"
	WhyNoValue         Why = "no_value"
	WhyValuesDocument  Why = "values_document"
	WhyValueSize       Why = "value_size"
	WhyKeywordText     Why = "keyword_text"
	WhyNullModifier    Why = "null_modifier"
	WhyStandsFor       Why = "stands_for"
	WhyExistsBool      Why = "exists_bool"
	WhyNumberNeeded    Why = "number_needed"
	WhyKeywordAll      Why = "keyword_all"
	WhyPlaceholder     Why = "placeholder"
	WhyHeld            Why = "held"
	WhyCountsBehind    Why = "counts_behind"
	WhyNotWhole        Why = "not_whole"
	WhyEngineSize      Why = "engine_size"
	WhyEngineRules     Why = "engine_rules"
	WhyInItem          Why = "in_item"
	WhyCannotStand     Why = "cannot_stand"
	WhyTextsOnly       Why = "texts_only"
	WhyExpandTexts     Why = "expand_texts"
	WhyWindash         Why = "windash"
	WhyBase64Wildcards Why = "base64_wildcards"
	WhyRegexpSize      Why = "regexp_size"
	WhyRegexpSteps     Why = "regexp_steps"
	WhyRegexpPerl      Why = "regexp_perl"
	WhyRegexpBracket   Why = "regexp_bracket"
	WhyRegexpRepeat    Why = "regexp_repeat"
	WhyRegexpClass     Why = "regexp_class"
	WhyRegexpEscape    Why = "regexp_escape"
	WhyRegexpOther     Why = "regexp_other"
	WhyNetwork         Why = "network"
	WhyFieldValue      Why = "field_value"
	WhyYAMLKey         Why = "yaml_key"
	WhyYAMLTab         Why = "yaml_tab"
	WhyYAMLEnd         Why = "yaml_end"
	WhyYAMLEscape      Why = "yaml_escape"
	WhyYAMLAlias       Why = "yaml_alias"
	WhyYAMLFlow        Why = "yaml_flow"
	WhyYAMLList        Why = "yaml_list"
	WhyYAMLToken       Why = "yaml_token"
	WhyYAMLOther       Why = "yaml_other"
)

// said is a reason with its sentence.
type said struct {
	why     Why
	english string
}

// Whys lists every reason, so that a catalogue of texts can be checked.
func Whys() []Why {
	var out []Why
	for _, s := range allSaid() {
		out = append(out, s.why)
	}
	return out
}

// English gives the sentence with the places {0}, {1} … of its arguments.
func (w Why) English() string {
	for _, s := range allSaid() {
		if s.why == w {
			return s.english
		}
	}
	return ""
}

// Because gives the problem with its reason: Why, Args, and Detail as the
// English sentence. Cost: a few microseconds; refusals are rare.
func (p Problem) Because(why Why, args ...any) *Problem {
	return p.BecauseOf(why, why.English(), args...)
}

// BecauseOf is Because for reasons of callers, who bring the English sentence.
func (p Problem) BecauseOf(why Why, english string, args ...any) *Problem {
	p.Why, p.Args = why, nil
	var pairs []string
	for i, a := range args {
		p.Args = append(p.Args, clip(fmt.Sprint(a)))
		pairs = append(pairs, fmt.Sprintf("{%d}", i), p.Args[i])
	}
	p.Detail = clip(strings.NewReplacer(pairs...).Replace(english))
	return &p
}

func allSaid() []said {
	return append(saidOfRules(), saidOfFiles()...)
}

// saidOfRules are about conditions, values and correlations.
func saidOfRules() []said {
	return []said{
		{WhyWholeNumber, "a whole number is needed"},
		{WhyBetween, "between {0} and {1}"},
		{WhyNotInRules, "the condition names a rule that is not in rules"},
		{WhyRuleUnused, "the condition does not use the rule {0}"},
		{WhyTimespanForm, "timespan is a number and s, m, h or d"},
		{WhyTimespanRange, "timespan is between 1s and 10y"},
		{WhyRulesTogether, "at most {0} rules go together"},
		{WhyFieldNeeded, "{0} needs the field in its condition"},
		{WhyOneField, "only value_count takes several fields"},
		{WhyOrderAnd, "an order goes with and alone; or and not go with temporal"},
		{WhyWordsTemporal, "a condition in words goes with temporal and temporal_ordered only"},
		{WhyPercentileRange, "above 0 and at most 100"},
		{WhyAliasRule, "the alias {0} names a rule that is not in rules"},
		{WhyNameTwice, "several documents have this name; use the id"},
		{WhyRefusedItself, "it was refused itself"},
		{WhyInCondition, "in the condition {0}"},
		{WhyConditionSize, "a condition of {0} bytes, at most {1} are read"},
		{WhyConditionEmpty, "the condition is empty"},
		{WhyPipe, "Sigma 2 has no | in conditions; {0} became a correlation"},
		{WhyConditionEnd, "something is missing at the end"},
		{WhyUnexpected, "\"{0}\" is not expected here (word {1})"},
		{WhyParentheses, "more than {0} parentheses around one another"},
		{WhyOfWords, "{0} of: Sigma knows 1 of, any of and all of"},
		{WhyNoSuch, "no detection has such a name, in the condition {0}"},
		{WhyNoValue, "there is no value"},
		{WhyValuesDocument, "too many values in one document"},
		{WhyValueSize, "a value of {0} bytes, at most {1} are read"},
		{WhyKeywordText, "a keyword needs a text to look for"},
		{WhyNullModifier, "null goes with no modifier that changes values"},
		{WhyStandsFor, "it stands for more than {0} texts"},
		{WhyExistsBool, "exists takes true or false"},
		{WhyNumberNeeded, "a number is needed"},
		{WhyKeywordAll, "this keyword fits every event"},
		{WhyPlaceholder, "{0}: no values were given for this placeholder"},
		{WhyHeld, "it needs {0} values of a group, at most {1} are held"},
		{WhyCountsBehind, "it counts a correlation that stands behind it"},
		{WhyNotWhole, "the condition is not whole"},
		{WhyEngineSize, "the condition is larger than the engine takes"},
		{WhyEngineRules, "the rules up to this one are more than the engine takes"},
		{WhyInItem, "in {0}"},
		{WhyCannotStand, "{0} cannot stand here"},
		{WhyTextsOnly, "{0} changes texts only"},
		{WhyExpandTexts, "expand stands for texts, expressions and address ranges only"},
		{WhyWindash, "windash would give more than {0} texts"},
		{WhyBase64Wildcards, "what is encoded in Base64 can hold no wildcards; contains comes after it"},
		{WhyRegexpSize, "{0} bytes, at most {1}"},
		{WhyRegexpSteps, "its repetitions give more than {0} steps"},
		{WhyRegexpPerl, "{0}"},
		{WhyRegexpBracket, "{0}"},
		{WhyRegexpRepeat, "{0}"},
		{WhyRegexpClass, "{0}"},
		{WhyRegexpEscape, "{0}"},
		{WhyRegexpOther, "{0}"},
		{WhyNetwork, "{0}"},
		{WhyFieldValue, "the name of a field is needed"},
	}
}

// saidOfFiles are about files, YAML and the form of documents.
func saidOfFiles() []said {
	return []said{
		{WhySystem, "{0}"},
		{WhyManyFiles, "more than {0} files"},
		{WhyFileBytes, "more than {0} bytes"},
		{WhyFileSize, "a file of {0} bytes, at most {1} are read"},
		{WhyDocuments, "{0} documents, at most {1} are read"},
		{WhyEmptyFile, "the file is empty"},
		{WhyRepeats, "the documents before repeat one another too often; this one and those behind it are not read"},
		{WhyNothingBefore, "there is no document before it"},
		{WhyMappingDocument, "a document is a mapping"},
		{WhyNoSection, "there is no detection, correlation or filter"},
		{WhyNoType, "no type of the specification"},
		{WhyNoKey, "no key of a correlation"},
		{WhyCriteria, "a condition has gt, gte, lt, lte, eq or neq with a number, field, and percentile"},
		{WhyRulesOrAny, "ids or names of rules, or any"},
		{WhyTrueFalse, "true or false"},
		{WhySourcePart, "category, product or service"},
		{WhyFieldName, "a field without a name"},
		{WhyListNeeded, "a list is needed"},
		{WhyTextNeeded, "a text is needed"},
		{WhyTextsNeeded, "a list of texts is needed"},
		{WhyDetectionEmpty, "the detection is empty"},
		{WhyValueKind, "a value has to be a text, a number, true, false or null"},
		{WhyValues, "more than {0} values"},
		{WhyDocumentSize, "a document of {0} bytes, at most {1} are read"},
		{WhyNotUTF8, "not UTF-8"},
		{WhyYAMLGaveUp, "the YAML package gave up"},
		{WhyBehindEnd, "something stands behind the end of the document"},
		{WhyEmptyDocument, "empty"},
		{WhyVisited, "more than {0} values, aliases counted as what they stand for"},
		{WhyNested, "nested more than {0} deep"},
		{WhyMappingNeeded, "a mapping is needed"},
		{WhyKeyWord, "a key has to be a word"},
		{WhyKeyTwice, "the key is there twice"},
		{WhyTextSize, "a text of {0} bytes, at most {1} are read"},
		{WhyYAMLType, "the YAML type {0} has no meaning here"},
		{WhyYAMLKey, "{0}"},
		{WhyYAMLTab, "{0}"},
		{WhyYAMLEnd, "{0}"},
		{WhyYAMLEscape, "{0}"},
		{WhyYAMLAlias, "{0}"},
		{WhyYAMLFlow, "{0}"},
		{WhyYAMLList, "{0}"},
		{WhyYAMLToken, "{0}"},
		{WhyYAMLOther, "{0}"},
	}
}
