package webfinger

import (
	"slices"
	"strings"
)

// DiffLine is a line of two texts laid side by side: "+" for one that is new, "-" for one that goes, "" for one that stays.
type DiffLine struct{ Sign, Text string }

// mostCells bounds what is compared, in pairs of lines: a document of numbers alone has tens of thousands of lines.
const mostCells = 1 << 22

// Diff lays two texts side by side, by their longest common lines. What lies between the parts that begin and end both alike is told as gone and new where it is too much to compare.
func Diff(from, to string) []DiffLine {
	x, y := lines(from), lines(to)
	out, end := []DiffLine{}, []DiffLine{}
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		out, x, y = append(out, DiffLine{"", x[0]}), x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		end, x, y = append(end, DiffLine{"", x[len(x)-1]}), x[:len(x)-1], y[:len(y)-1]
	}
	slices.Reverse(end)
	return append(append(out, middle(x, y)...), end...)
}

// middle takes the product of both lengths in time and memory.
func middle(x, y []string) (out []DiffLine) {
	common := [][]int{} // the length of the longest common part of x[i:] and y[j:]; none where that is not looked for
	if len(x)*len(y) <= mostCells {
		common = commonLines(x, y)
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case len(common) > 0 && i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, DiffLine{"", x[i]})
			i, j = i+1, j+1
		case i < len(x) && (j == len(y) || len(common) == 0 || common[i+1][j] >= common[i][j+1]):
			out = append(out, DiffLine{"-", x[i]})
			i++
		default:
			out = append(out, DiffLine{"+", y[j]})
			j++
		}
	}
	return out
}

func commonLines(x, y []string) [][]int {
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}

func lines(text string) []string {
	text = strings.TrimSuffix(text, "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
