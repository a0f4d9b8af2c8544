package chart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
)

// written writes cultures as lines: the organisms, then each drug with its
// cells, then what belongs to no organism.
func written(list []Culture) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "[%s %s]", c.Title, c.Specimen)
		for _, o := range c.Organisms {
			fmt.Fprintf(&b, " %s(%s)", o.Name, o.Amount)
		}
		for _, t := range c.Tests {
			fmt.Fprintf(&b, " | %s:", t.Drug)
			for _, cell := range t.Cells {
				fmt.Fprintf(&b, " %s,%s", cell.Letter, cell.Value)
			}
		}
		for _, l := range c.Loose {
			fmt.Fprintf(&b, " / %s=%s", l.Name, l.Value)
		}
	}
	return b.String()
}

const cultureHeader = "MSH|^~\\&|HIS|SEND|GW|RCV|20260203163012||OUL^R22^OUL_R22|1|P|2.5\rPID|0001||0000000001^^^^PI||架空^花子\r" +
	"SPM|1|1||017^血液^JC10|||||||||||||202601260800\r" +
	"OBR|1|0812|2008|6B0100000017742^培養同定(一般細菌)^JC10|||202601260800|||||||||||||||202602031630||MB|F\r" +
	"OBX|1|CWE|6B010000001774214^菌名判定^JC10|1|2001^E.Coli^JANIS|||A|||F\rOBX|2|ST|6B010000001774211^菌量^JC10|1|(+)|||A|||F\r" +
	"OBX|3|CWE|6B010000001774214^菌名判定^JC10|2|1301^S.Aureus^JANIS|||A|||F\rOBX|4|ST|6B010000001774211^菌量^JC10|2|(2+)|||A|||P\r"

// Both ways to write a susceptibility test give the same table: the drug as the
// item, and the drug as a value that shares OBX-4 with its concentration.
func TestCultures(t *testing.T) {
	t.Parallel()
	f := func(rest, want string) {
		t.Helper()
		m, err := hl7.Parse([]byte(cultureHeader + rest))
		if err != nil {
			t.Fatal(err)
		}
		if got := written(cultures(m, model.Ref{Source: "s1", Item: "x"}, printer())); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	const head = "[培養同定(一般細菌) 血液] E.Coli((+)) S.Aureus((2+))"
	const item1 = "OBR|2|0812|2008|6C010000008076200^薬剤感受性検査-MIC^JC10||||||||||||||||||||||6B010000009974114&培養同定菌名&JC10^1^E.Coli\r" +
		"OBX|1|ST|6C010604708076205^PIPC^JC10||< 2|ug/mL^μg/mL^ISO+|||||F\rOBX|2|NM|6C010609408076205^CAZ^JC10||4|ug/mL^μg/mL^ISO+||R|||F\r"
	const item2 = "OBR|3|0812|2008|6C010000008076200^薬剤感受性検査-MIC^JC10||||||||||||||||||||||6B010000009974114&培養同定菌名&JC10^2^S.Aureus\r" +
		"OBX|1|ST|6C010604708076205^CAZ^JC10||S||||||F\r"
	const paired = "OBR|2|0812|2008|6C010000008076200^薬剤感受性検査-MIC^JC10||||||||||||||||||||||6B010000009974114&培養同定菌名&JC10^1^E.Coli\r" +
		"OBX|1|CWE|6C010000008076214^薬剤名^JC10|1|1266^PIPC^JANIS||||||F\rOBX|2|ST|6C010000008076205^MIC値^JC10|1|< 2|ug/mL^μg/mL^ISO+||S|||F\r"
	f("", head)
	f(item1, head+" | PIPC: ,< 2 μg/mL , | CAZ: R,4 μg/mL ,")
	f(item1+item2, head+" | PIPC: ,< 2 μg/mL , | CAZ: R,4 μg/mL S,")
	f(paired, head+" | PIPC: S,< 2 μg/mL ,")
	f("OBR|2|0812|2008|6A010^塗抹検査^JC10\rOBX|1|ST|6A010^グラム染色^JC10||GNR 2+||||||F\r", head+" / グラム染色=GNR 2+")
}
